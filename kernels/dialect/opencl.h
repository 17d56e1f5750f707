/* SPDX-License-Identifier: Apache-2.0 */
/* The dialect as OpenCL C 1.2. SB_EXACT = 1: the global size equals the extent, so no bound is tested. */
#ifndef SB_DIALECT_OPENCL_H
#define SB_DIALECT_OPENCL_H

#ifndef SB_EXACT
#define SB_EXACT 0
#endif
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#if SB_STRICT || SB_NO_CONTRACT
#pragma OPENCL FP_CONTRACT OFF
#endif

typedef int int32_t;
typedef uint uint32_t;
typedef long int64_t;
typedef ulong uint64_t;
#if SB_REAL_FLOAT
typedef float real;
#else
typedef double real;
#endif
#if SB_INDEX_64
typedef long index_t;
#else
typedef int index_t;
#endif

#define GLOBAL __global
#define LOCAL __local
#define CONSTANT __constant
#define FUNCTION static inline
/* The prefix keeps a kernel named dot, mix or step apart from the built-in function; the backend adds it too. */
#define KERNEL(name) __kernel void sb_##name
#define KERNEL_BLOCKS(name, bx, by, bz)                                                            \
    __kernel __attribute__((reqd_work_group_size(bx, by, bz))) void sb_##name

#if SB_REVERSED
#define SB_BLOCK(d) ((index_t)(get_num_groups(d) - 1 - get_group_id(d)))
#define SB_ITEM(d, n) ((index_t)(n) - 1 - (index_t)get_global_id(d))
#else
#define SB_BLOCK(d) ((index_t)get_group_id(d))
#define SB_ITEM(d, n) ((index_t)get_global_id(d))
#endif
#define BLOCK_X SB_BLOCK(0)
#define BLOCK_Y SB_BLOCK(1)
#define BLOCK_Z SB_BLOCK(2)
#define BLOCKS_X ((index_t)get_num_groups(0))
#define BLOCKS_Y ((index_t)get_num_groups(1))
#define BLOCKS_Z ((index_t)get_num_groups(2))

/* `index_t i = …` must be visible in the body, hence a declaration in an `if`-less for that runs once. */
#define SB_ONCE_FOR(...)                                                                           \
    for (int sb_once = 1; sb_once;)                                                                \
        for (__VA_ARGS__; sb_once; sb_once = 0)
#define SB_1D(i, n) SB_ONCE_FOR(const index_t i = SB_ITEM(0, n))
#define SB_2D(i, j, nx, ny) SB_ONCE_FOR(const index_t i = SB_ITEM(0, nx), j = SB_ITEM(1, ny))
#define SB_3D(i, j, k, nx, ny, nz)                                                                 \
    SB_ONCE_FOR(const index_t i = SB_ITEM(0, nx), j = SB_ITEM(1, ny), k = SB_ITEM(2, nz))
#if SB_EXACT
#define FOR_EACH_1D SB_1D
#define FOR_EACH_2D SB_2D
#define FOR_EACH_3D SB_3D
#else
#define FOR_EACH_1D(i, n) SB_1D (i, n) if (i >= 0 && i < (index_t)(n))
#define FOR_EACH_2D(i, j, nx, ny)                                                                  \
    SB_2D (i, j, nx, ny) if (i >= 0 && i < (index_t)(nx) && j >= 0 && j < (index_t)(ny))
#define FOR_EACH_3D(i, j, k, nx, ny, nz)                                                           \
    SB_3D (i, j, k, nx, ny, nz)                                                                    \
    if (i >= 0 && i < (index_t)(nx) && j >= 0 && j < (index_t)(ny) && k >= 0 && k < (index_t)(nz))
#endif
#define FOR_EACH_2D_FRAMED(i, j, nx, ny, inside, border)                                           \
    FOR_EACH_2D (i, j, nx, ny) {                                                                   \
        if (i > 0 && i < (index_t)(nx) - 1 && j > 0 && j < (index_t)(ny) - 1) {                    \
            inside;                                                                                \
        } else {                                                                                   \
            border;                                                                                \
        }                                                                                          \
    }
/* FILL_1D past the caches, as in c.h: whole lines, and vectors by hand, as clang makes none of scalar non-temporal
 * stores (they are not known to be aligned). The backend sets SB_FILL_CHUNK on CPUs where SB_STREAM_STORES is 1 and
 * launches a work-item per so many elements: one per line would fence per line, at ten times the cost. Any other
 * launch of at least that many work-items is right too, but slow: those beyond the last chunk find nothing to do. */
#ifdef SB_FILL_CHUNK
#if SB_REAL_FLOAT
typedef float16 sb_line_t;
#define SB_LOAD_LINE vload16
#else
typedef double8 sb_line_t;
#define SB_LOAD_LINE vload8
#endif
#ifndef __has_builtin
#define __has_builtin(x) 0
#endif
#if __has_builtin(__builtin_nontemporal_store)
#define SB_STREAM(v, p) __builtin_nontemporal_store(v, p)
#else
#define SB_STREAM(v, p) ((void)(*(p) = (v)))
#endif
#if defined(__x86_64__) && __has_builtin(__builtin_ia32_sfence)
#define SB_STREAM_FENCE() __builtin_ia32_sfence()
#else
#define SB_STREAM_FENCE() ((void)0)
#endif
#define SB_LINE ((int)(64 / sizeof(real)))
#define FILL_1D(i, n, a, value)                                                                    \
    {                                                                                              \
        const long sb_begin = (long)get_global_id(0) * SB_FILL_CHUNK;                              \
        const long sb_end = MIN(sb_begin + SB_FILL_CHUNK, (long)(n));                              \
        const long sb_rest = (ulong)(a) % 64 ? sb_begin : sb_end - (sb_end - sb_begin) % SB_LINE;  \
        for (long sb_at = sb_begin; sb_at < sb_rest; sb_at += SB_LINE) {                           \
            real sb_line[SB_LINE];                                                                 \
            UNROLL                                                                                 \
            for (int sb_k = 0; sb_k < SB_LINE; ++sb_k) {                                           \
                const index_t i = (index_t)sb_at + sb_k;                                           \
                sb_line[sb_k] = (value);                                                           \
            }                                                                                      \
            SB_STREAM(SB_LOAD_LINE(0, sb_line), (__global sb_line_t *)((a) + sb_at));              \
        }                                                                                          \
        for (long sb_at = sb_rest; sb_at < sb_end; ++sb_at) {                                      \
            const index_t i = (index_t)sb_at;                                                      \
            (a)[i] = (value);                                                                      \
        }                                                                                          \
        SB_STREAM_FENCE();                                                                         \
    }
#else
#define FILL_1D(i, n, a, value)                                                                    \
    FOR_EACH_1D (i, n) {                                                                           \
        (a)[i] = (value);                                                                          \
    }
#endif

#define SHARED(T, name, count) __local T name[count]
#define PRIVATE(T, name, threads) T name
#define MINE(name, t) name
#define PRIVATE_ARRAY(T, name, count, threads) T name[count]
#define MINE_ARRAY(name, t) name

#define SB_BARRIER() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
/* Where MINE is a plain variable, thread numbers may go unused. */
#define SB_UNUSED __attribute__((unused))
#define THREADS_1D(x, bx) for (SB_UNUSED int32_t x = (int32_t)get_local_id(0), sb_once = 1; sb_once; sb_once = 0, SB_BARRIER())
#define THREADS_2D(x, y, bx, by)                                                                   \
    for (SB_UNUSED int32_t x = (int32_t)get_local_id(0), y = (int32_t)get_local_id(1), sb_once = 1; sb_once; \
         sb_once = 0, SB_BARRIER())
#define THREADS_3D(x, y, z, bx, by, bz)                                                            \
    for (SB_UNUSED int32_t x = (int32_t)get_local_id(0), y = (int32_t)get_local_id(1),             \
                 z = (int32_t)get_local_id(2), sb_once = 1;                                        \
         sb_once; sb_once = 0, SB_BARRIER())
#define THREADS_1D_TO(x, bx, xlimit) THREADS_1D (x, bx) if (x < (xlimit))
#define THREADS_2D_TO(x, y, bx, by, xlimit, ylimit)                                                \
    THREADS_2D (x, y, bx, by) if (x < (xlimit) && y < (ylimit))
#define THREADS_OVER_2D(x, y, nx, ny, bx)                                                          \
    for (int sb_once = 1; sb_once; sb_once = 0, SB_BARRIER())                                      \
        for (SB_UNUSED int32_t sb_e = (int32_t)get_local_id(0), x = sb_e % (nx), y = sb_e / (nx);  \
             sb_e < (nx) * (ny); sb_e += (bx), x = sb_e % (nx), y = sb_e / (nx))
#if SB_BARRIERS
#define THREADS_1D_FREE THREADS_1D
#define THREADS_2D_FREE THREADS_2D
#define THREADS_3D_FREE THREADS_3D
#else
#define THREADS_1D_FREE(x, bx) for (SB_UNUSED int32_t x = (int32_t)get_local_id(0), sb_once = 1; sb_once; sb_once = 0)
#define THREADS_2D_FREE(x, y, bx, by)                                                              \
    for (SB_UNUSED int32_t x = (int32_t)get_local_id(0), y = (int32_t)get_local_id(1), sb_once = 1; sb_once; \
         sb_once = 0)
#define THREADS_3D_FREE(x, y, z, bx, by, bz)                                                       \
    for (SB_UNUSED int32_t x = (int32_t)get_local_id(0), y = (int32_t)get_local_id(1),             \
                 z = (int32_t)get_local_id(2), sb_once = 1;                                        \
         sb_once; sb_once = 0)
#endif
#define WIDE_THREADS_1D THREADS_1D
#define WIDE_THREADS_2D THREADS_2D

#define UNROLL _Pragma("unroll")
#define LANES(i, n) for (int32_t i = 0; i < (n); ++i)
#define VECTOR(v, n)
#define IN_VECTOR(v, n) UNROLL LANES (v, n)
#define VECTOR_ARRAY(T, name, count, n) T name[count][n]
#define OF_LANE(name, k, v) name[k][v]

#define SQRT(x) sqrt((real)(x))
#define RSQRT(x) (REAL(1) / sqrt((real)(x)))
#if SB_STRICT && defined(cl_khr_fp64)
#define SB_FMA64(a, b, c) fma((double)(a), (double)(b), (double)(c))
#include "strict_maths.h"
#define EXP(x) SB_STRICT_EXP(x)
#define SIN(x) SB_STRICT_SIN(x)
#define COS(x) SB_STRICT_COS(x)
#else
#define EXP(x) exp((real)(x))
#define SIN(x) sin((real)(x))
#define COS(x) cos((real)(x))
#endif
#define FABS(x) fabs((real)(x))
#define FMA(a, b, c) fma((real)(a), (real)(b), (real)(c))

#define ATOMIC_ADD(p, v) ((void)atomic_add((p), (v)))
#if defined(POCL_DEVICE_ADDRESS_BITS) && (defined(__x86_64__) || defined(__aarch64__))
/* PoCL on a CPU: one thread runs a whole block, as in c.h; a locked instruction would cost ten times as much. */
#define ATOMIC_ADD_SHARED(p, v) ((void)(*(volatile __local int32_t *)(p) += (v)))
#else
#define ATOMIC_ADD_SHARED(p, v) ((void)atomic_add((p), (v)))
#endif
/* OpenCL 1.2 has no atomic add on floats: compare and swap on the bits. */
#if SB_REAL_FLOAT
#define SB_BITS uint
#define SB_CAS atomic_cmpxchg
#else
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#define SB_BITS ulong
#define SB_CAS atom_cmpxchg
#endif
#define SB_ATOMIC_ADD_REAL(name, space)                                                            \
    static inline void name(volatile space real *p, real v)                                        \
    {                                                                                              \
        union {                                                                                    \
            SB_BITS bits;                                                                          \
            real value;                                                                            \
        } old, sum;                                                                                \
        SB_BITS seen = *(volatile space SB_BITS *)p;                                               \
        do {                                                                                       \
            old.bits = seen;                                                                       \
            sum.value = old.value + v;                                                             \
            seen = SB_CAS((volatile space SB_BITS *)p, old.bits, sum.bits);                        \
        } while (seen != old.bits);                                                                \
    }
SB_ATOMIC_ADD_REAL(sb_atomic_add_real, __global)
SB_ATOMIC_ADD_REAL(sb_atomic_add_real_shared, __local)
#define ATOMIC_ADD_REAL(p, v) sb_atomic_add_real((p), (v))
#define ATOMIC_ADD_REAL_SHARED(p, v) sb_atomic_add_real_shared((p), (v))

#endif
