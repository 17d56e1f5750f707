/* SPDX-License-Identifier: Apache-2.0 */
/* CUDA's and HIP's device language for the twin, as far as kernels usually go: included before the user's source, which
 * stays as it is. The marks sb_mark_* are taken out of the preprocessed text by rewrite.c, which knows what they mean. */
#ifndef SB_TWIN_CUDA_H
#define SB_TWIN_CUDA_H

#include "abi.h"

#if defined(__GLIBCXX__) || __has_include(<bits/c++config.h>)
#include <bits/c++config.h>
#undef _GLIBCXX_USE_STD_SPEC_FUNCS /* Bessel functions and the like double the time to compile */
#define _GLIBCXX_USE_STD_SPEC_FUNCS 0
#endif
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SB_TWIN_BUILTIN static inline __attribute__((no_sanitize("thread"), no_sanitize_coverage, noinline, unused))
#define SB_TWIN_PURE static inline __attribute__((unused))
#define SB_TWIN_HERE __builtin_return_address(0)

#define __global__ sb_mark_global
#define __shared__ sb_mark_shared
#define __constant__ sb_mark_constant
#define __device__
#define __host__
#define __managed__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...) sb_mark_bounds(__VA_ARGS__)
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__
#define __builtin_assume(x) ((void)0)
#ifndef __restrict__
#define __restrict__ __restrict
#endif
#define HIP_DYNAMIC_SHARED(T, name) sb_mark_extern_shared T name[];
#define hipLaunchKernelGGL sb_mark_launch
/* The compiler's own word for the same, as the dialect writes it. */
#define SB_TWIN_LANGUAGE 1

extern "C" SB_TWIN_HIDDEN const struct sb_twin_here sb_twin_here;

typedef struct sb_twin_3 uint3;
struct dim3 {
    unsigned x, y, z;
    dim3(unsigned vx = 1, unsigned vy = 1, unsigned vz = 1) : x(vx), y(vy), z(vz) {}
    dim3(const uint3 &v) : x(v.x), y(v.y), z(v.z) {}
};
#define threadIdx (sb_twin_here.sb_thread)
#define blockIdx (sb_twin_here.sb_block)
#define blockDim (sb_twin_here.sb_block_size)
#define gridDim (sb_twin_here.sb_grid)
#define warpSize ((int)sb_twin_here.sb_warp_size)
#define hipThreadIdx_x (sb_twin_here.sb_thread.x)
#define hipThreadIdx_y (sb_twin_here.sb_thread.y)
#define hipThreadIdx_z (sb_twin_here.sb_thread.z)
#define hipBlockIdx_x (sb_twin_here.sb_block.x)
#define hipBlockIdx_y (sb_twin_here.sb_block.y)
#define hipBlockIdx_z (sb_twin_here.sb_block.z)
#define hipBlockDim_x (sb_twin_here.sb_block_size.x)
#define hipBlockDim_y (sb_twin_here.sb_block_size.y)
#define hipBlockDim_z (sb_twin_here.sb_block_size.z)
#define hipGridDim_x (sb_twin_here.sb_grid.x)
#define hipGridDim_y (sb_twin_here.sb_grid.y)
#define hipGridDim_z (sb_twin_here.sb_grid.z)

#include "cuda_memory.h"
#include "cuda_vectors.h"
#if defined(SB_TWIN_HIP)
#include "hip_vectors.h"
#endif

/* Barriers and fences. */
SB_TWIN_BUILTIN void __syncthreads(void)
{
    sb_twin.barrier(SB_TWIN_PLAIN, SB_TWIN_LOCAL | SB_TWIN_GLOBAL, 0, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN int __syncthreads_count(int predicate)
{
    return sb_twin.barrier(SB_TWIN_COUNT, SB_TWIN_LOCAL | SB_TWIN_GLOBAL, predicate != 0, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN int __syncthreads_and(int predicate)
{
    return sb_twin.barrier(SB_TWIN_AND, SB_TWIN_LOCAL | SB_TWIN_GLOBAL, predicate != 0, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN int __syncthreads_or(int predicate)
{
    return sb_twin.barrier(SB_TWIN_OR, SB_TWIN_LOCAL | SB_TWIN_GLOBAL, predicate != 0, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN void __threadfence(void)
{
    sb_twin.fence(SB_TWIN_LOCAL | SB_TWIN_GLOBAL, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN void __threadfence_system(void)
{
    sb_twin.fence(SB_TWIN_LOCAL | SB_TWIN_GLOBAL, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN void __threadfence_block(void)
{
    sb_twin.fence(SB_TWIN_LOCAL, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN void __trap(void)
{
    sb_twin.trap("__trap()", SB_TWIN_HERE);
}
SB_TWIN_BUILTIN void sb_twin_failed(const char *expression)
{
    sb_twin.trap(expression, SB_TWIN_HERE);
}
#include "include/assert.h"
SB_TWIN_PURE void __nanosleep(unsigned ns) { (void)ns; }

/* __launch_bounds__ as the running block meets it; rewrite.c puts this first in the kernel. */
SB_TWIN_BUILTIN void sb_twin_bounds(unsigned most, unsigned = 0, unsigned = 0)
{
    if (blockDim.x * blockDim.y * blockDim.z > most) {
        char words[96];
        snprintf(words, sizeof words, "a block of %u threads; __launch_bounds__ allows %u", blockDim.x * blockDim.y * blockDim.z, most);
        sb_twin.bounds(words);
    }
}

#include "cuda_atomics.h"
#include "cuda_warp.h"
#include "cuda_math.h"

/* Loads and stores with cache hints are loads and stores. */
template <class T> SB_TWIN_PURE T __ldg(const T *p) { return *p; }
template <class T> SB_TWIN_PURE T __ldcg(const T *p) { return *p; }
template <class T> SB_TWIN_PURE T __ldca(const T *p) { return *p; }
template <class T> SB_TWIN_PURE T __ldcs(const T *p) { return *p; }
template <class T> SB_TWIN_PURE T __ldlu(const T *p) { return *p; }
template <class T> SB_TWIN_PURE T __ldcv(const T *p) { return *p; }
template <class T> SB_TWIN_PURE void __stcg(T *p, T v) { *p = v; }
template <class T> SB_TWIN_PURE void __stwb(T *p, T v) { *p = v; }
template <class T> SB_TWIN_PURE void __stwt(T *p, T v) { *p = v; }
template <class T> SB_TWIN_PURE void __stcs(T *p, T v) { *p = v; }
SB_TWIN_PURE long long clock64(void) { return (long long)sb_twin.accesses; }
SB_TWIN_PURE clock_t sb_twin_clock(void) { return (clock_t)sb_twin.accesses; }
#define clock() sb_twin_clock() /* <time.h> has another */

#endif
