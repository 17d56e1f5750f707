/* SPDX-License-Identifier: Apache-2.0 */
/* The dialect for CUDA (nvcc, NVRTC) and HIP (hipcc, hiprtc, clang -x hip with or without its headers). */
#ifndef SB_DIALECT_GPU_H
#define SB_DIALECT_GPU_H

#ifndef SB_EXACT
#define SB_EXACT 0
#endif
#if !defined(__CUDACC_RTC__) && !defined(__HIPCC_RTC__)
#include <stdint.h>
#else
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#endif
#if SB_REAL_FLOAT
typedef float real;
#define SB_M(name) __builtin_##name##f
#else
typedef double real;
#define SB_M(name) __builtin_##name
#endif
#if SB_INDEX_64
typedef int64_t index_t;
#else
typedef int32_t index_t;
#endif

#define restrict __restrict__
#define GLOBAL
#define LOCAL
#if defined(SB_TWIN_LANGUAGE)
/* The twin (backends/twin/device/cuda.h) knows CUDA's words; its compiler is an ordinary one. */
#define SB_SHARED __shared__
#define CONSTANT static const
#define FUNCTION static inline
#define KERNEL(name) extern "C" __global__ void name
#define KERNEL_BLOCKS(name, bx, by, bz)                                                            \
    extern "C" __global__ __launch_bounds__((bx) * (by) * (bz)) void name
#else
#define SB_SHARED __attribute__((shared))
#define CONSTANT static __attribute__((constant)) const
#define FUNCTION static __attribute__((device)) inline
#define KERNEL(name) extern "C" __attribute__((global)) void name
#define KERNEL_BLOCKS(name, bx, by, bz)                                                            \
    extern "C" __attribute__((global)) __attribute__((launch_bounds((bx) * (by) * (bz)))) void name
#endif

/* clang -x hip without hip_runtime.h: the compiler's own built-ins, no header. hiprtc brings its own. */
#if defined(__HIP__) && !defined(HIP_INCLUDE_HIP_HIP_RUNTIME_H) && !defined(__HIPCC_RTC__)
#define SB_HIP_BARE
#endif
#if defined(SB_HIP_BARE)
#define SB_THREAD(d) ((int32_t)__builtin_amdgcn_workitem_id_##d())
#define SB_BLOCK_ID(d) ((index_t)__builtin_amdgcn_workgroup_id_##d())
#define SB_BLOCK_SIZE(d) ((index_t)__builtin_amdgcn_workgroup_size_##d())
#define SB_GRID(d) ((index_t)(__builtin_amdgcn_grid_size_##d() / __builtin_amdgcn_workgroup_size_##d()))
FUNCTION void sb_barrier(void)
{
    __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
    __builtin_amdgcn_s_barrier();
    __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}
#define SB_ADD(p, v, scope) __hip_atomic_fetch_add((p), (v), __ATOMIC_RELAXED, scope)
#define ATOMIC_ADD(p, v) ((void)SB_ADD(p, v, __HIP_MEMORY_SCOPE_AGENT))
#define ATOMIC_ADD_SHARED(p, v) ((void)SB_ADD(p, v, __HIP_MEMORY_SCOPE_WORKGROUP))
#else
#define SB_THREAD(d) ((int32_t)threadIdx.d)
#define SB_BLOCK_ID(d) ((index_t)blockIdx.d)
#define SB_BLOCK_SIZE(d) ((index_t)blockDim.d)
#define SB_GRID(d) ((index_t)gridDim.d)
#define sb_barrier() __syncthreads()
#define ATOMIC_ADD(p, v) ((void)atomicAdd((p), (v)))
#define ATOMIC_ADD_SHARED(p, v) ((void)atomicAdd((p), (v)))
#endif
#define ATOMIC_ADD_REAL ATOMIC_ADD
#define ATOMIC_ADD_REAL_SHARED ATOMIC_ADD_SHARED

#if SB_REVERSED
#define SB_BLOCK(d) (SB_GRID(d) - 1 - SB_BLOCK_ID(d))
#else
#define SB_BLOCK(d) SB_BLOCK_ID(d)
#endif
#define BLOCK_X SB_BLOCK(x)
#define BLOCK_Y SB_BLOCK(y)
#define BLOCK_Z SB_BLOCK(z)
#define BLOCKS_X SB_GRID(x)
#define BLOCKS_Y SB_GRID(y)
#define BLOCKS_Z SB_GRID(z)

/* The product is computed in index_t: 64 bits where the case has more than 2^31 elements. */
#define SB_GLOBAL_ID(d) (SB_BLOCK(d) * SB_BLOCK_SIZE(d) + SB_THREAD(d))
#define SB_ONCE_FOR(...)                                                                           \
    for (int sb_once = 1; sb_once;)                                                                \
        for (__VA_ARGS__; sb_once; sb_once = 0)
#define FOR_EACH_1D(i, n)                                                                          \
    SB_ONCE_FOR(const index_t i = SB_GLOBAL_ID(x)) if (SB_EXACT || i < (index_t)(n))
#define FOR_EACH_2D(i, j, nx, ny)                                                                  \
    SB_ONCE_FOR(const index_t i = SB_GLOBAL_ID(x), j = SB_GLOBAL_ID(y))                            \
    if (SB_EXACT || (i < (index_t)(nx) && j < (index_t)(ny)))
#define FOR_EACH_3D(i, j, k, nx, ny, nz)                                                           \
    SB_ONCE_FOR(const index_t i = SB_GLOBAL_ID(x), j = SB_GLOBAL_ID(y), k = SB_GLOBAL_ID(z))       \
    if (SB_EXACT || (i < (index_t)(nx) && j < (index_t)(ny) && k < (index_t)(nz)))
#define FOR_EACH_2D_FRAMED(i, j, nx, ny, inside, border)                                           \
    FOR_EACH_2D (i, j, nx, ny) {                                                                   \
        if (i > 0 && i < (index_t)(nx) - 1 && j > 0 && j < (index_t)(ny) - 1) {                    \
            inside;                                                                                \
        } else {                                                                                   \
            border;                                                                                \
        }                                                                                          \
    }
#define FILL_1D(i, n, a, value)                                                                    \
    FOR_EACH_1D (i, n) {                                                                           \
        (a)[i] = (value);                                                                          \
    }

#define SHARED(T, name, count) SB_SHARED T name[count]
#define PRIVATE(T, name, threads) T name
#define MINE(name, t) name
#define PRIVATE_ARRAY(T, name, count, threads) T name[count]
#define MINE_ARRAY(name, t) name

#define SB_AFTER sb_once = 0, sb_barrier()
#define SB_TX SB_THREAD(x)
#define SB_TY SB_THREAD(y)
#define SB_TZ SB_THREAD(z)
/* Where MINE is a plain variable, thread numbers may go unused. */
#define SB_UNUSED __attribute__((unused))
#define THREADS_1D(i, bx) for (SB_UNUSED int32_t i = SB_TX, sb_once = 1; sb_once; SB_AFTER)
#define THREADS_2D(i, j, bx, by) for (SB_UNUSED int32_t i = SB_TX, j = SB_TY, sb_once = 1; sb_once; SB_AFTER)
#define THREADS_3D(i, j, k, bx, by, bz)                                                            \
    for (SB_UNUSED int32_t i = SB_TX, j = SB_TY, k = SB_TZ, sb_once = 1; sb_once; SB_AFTER)
#define THREADS_1D_TO(i, bx, ilimit) THREADS_1D (i, bx) if (i < (ilimit))
#define THREADS_2D_TO(i, j, bx, by, ilimit, jlimit)                                                \
    THREADS_2D (i, j, bx, by) if (i < (ilimit) && j < (jlimit))
#define THREADS_OVER_2D(i, j, ni, nj, bx)                                                          \
    for (int32_t sb_once = 1; sb_once; SB_AFTER)                                                   \
        for (SB_UNUSED int32_t sb_e = SB_TX, i = sb_e % (ni), j = sb_e / (ni); sb_e < (ni) * (nj); \
             sb_e += (bx), i = sb_e % (ni), j = sb_e / (ni))
#if SB_BARRIERS
#define THREADS_1D_FREE THREADS_1D
#define THREADS_2D_FREE THREADS_2D
#define THREADS_3D_FREE THREADS_3D
#else
#define THREADS_1D_FREE(i, bx) for (SB_UNUSED int32_t i = SB_TX, sb_once = 1; sb_once; sb_once = 0)
#define THREADS_2D_FREE(i, j, bx, by)                                                              \
    for (SB_UNUSED int32_t i = SB_TX, j = SB_TY, sb_once = 1; sb_once; sb_once = 0)
#define THREADS_3D_FREE(i, j, k, bx, by, bz)                                                       \
    for (SB_UNUSED int32_t i = SB_TX, j = SB_TY, k = SB_TZ, sb_once = 1; sb_once; sb_once = 0)
#endif
#define WIDE_THREADS_1D THREADS_1D
#define WIDE_THREADS_2D THREADS_2D

#if defined(SB_TWIN_LANGUAGE) && !defined(__clang__)
#define UNROLL _Pragma("GCC unroll 64")
#else
#define UNROLL _Pragma("unroll")
#endif
#define LANES(i, n) for (int32_t i = 0; i < (n); ++i)
#define VECTOR(v, n)
#define IN_VECTOR(v, n) UNROLL LANES (v, n)
#define VECTOR_ARRAY(T, name, count, n) T name[count][n]
#define OF_LANE(name, k, v) name[k][v]

#if defined(SB_HIP_BARE)
/* No overloads without the headers: built-ins where the target has instructions, else the device library's names. */
#if SB_REAL_FLOAT
#define SB_OCML(name) __ocml_##name##_f32
#else
#define SB_OCML(name) __ocml_##name##_f64
#endif
extern "C" __attribute__((device)) real SB_OCML(exp)(real);
extern "C" __attribute__((device)) real SB_OCML(sin)(real);
extern "C" __attribute__((device)) real SB_OCML(cos)(real);
#define SQRT(x) SB_M(sqrt)((real)(x))
#define SB_LIBRARY(name) SB_OCML(name)
#define SB_FMA64(a, b, c) __builtin_fma((double)(a), (double)(b), (double)(c))
#define FABS(x) SB_M(fabs)((real)(x))
#define FMA(a, b, c) SB_M(fma)((real)(a), (real)(b), (real)(c))
#else
#define SQRT(x) sqrt((real)(x))
#define SB_LIBRARY(name) name
#define SB_FMA64(a, b, c) fma((double)(a), (double)(b), (double)(c))
#define FABS(x) fabs((real)(x))
#define FMA(a, b, c) fma((real)(a), (real)(b), (real)(c))
#endif
#if SB_STRICT
#include "strict_maths.h"
#define EXP(x) SB_STRICT_EXP(x)
#define SIN(x) SB_STRICT_SIN(x)
#define COS(x) SB_STRICT_COS(x)
#else
#define EXP(x) SB_LIBRARY(exp)((real)(x))
#define SIN(x) SB_LIBRARY(sin)((real)(x))
#define COS(x) SB_LIBRARY(cos)((real)(x))
#endif
#define RSQRT(x) (REAL(1) / SQRT(x))

/* portable.h defines these; system headers that came first may have, too. */
#undef MIN
#undef MAX

#endif
