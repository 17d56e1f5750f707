/* SPDX-License-Identifier: Apache-2.0 */
/* stream in OpenCL's own words: vectors of four, dot by a tree in local memory. Groups as in stream.c. */
#include "portable.h"

#if SB_REAL_FLOAT
typedef float4 real4;
#else
typedef double4 real4;
#endif

/* Each work-item has four elements; the last one may have fewer. */
#define FOUR(n) (index_t)4 * (index_t)get_global_id(0)
#define LOOP(at, n, four, one)                                                                                         \
    const index_t at = FOUR(n);                                                                                        \
    if (at + 4 <= n) {                                                                                                 \
        four;                                                                                                          \
    } else {                                                                                                           \
        for (index_t i = at; i < n; ++i) {                                                                             \
            one;                                                                                                       \
        }                                                                                                              \
    }

__kernel void stream_copy_native(__global const real *restrict a, __global real *restrict c, index_t n)
{
    LOOP(at, n, vstore4(vload4(0, a + at), 0, c + at), c[i] = a[i])
}

__kernel void stream_mul_native(__global real *restrict b, __global const real *restrict c, real scalar, index_t n)
{
    LOOP(at, n, vstore4(scalar * vload4(0, c + at), 0, b + at), b[i] = scalar * c[i])
}

__kernel void stream_add_native(__global const real *restrict a, __global const real *restrict b, __global real *restrict c,
                       index_t n)
{
    LOOP(at, n, vstore4(vload4(0, a + at) + vload4(0, b + at), 0, c + at), c[i] = a[i] + b[i])
}

__kernel void stream_triad_native(__global real *restrict a, __global const real *restrict b, __global const real *restrict c,
                         real scalar, index_t n)
{
    LOOP(at, n, vstore4(vload4(0, b + at) + scalar * vload4(0, c + at), 0, a + at), a[i] = b[i] + scalar * c[i])
}

/* The sum of the group's parts in part[0]; the number of work-items is any. */
static void tree(__local real *part)
{
    const int me = (int)get_local_id(0);
    for (int left = (int)get_local_size(0); left > 1;) {
        const int half_way = (left + 1) / 2;
        barrier(CLK_LOCAL_MEM_FENCE);
        if (me + half_way < left) {
            part[me] += part[me + half_way];
        }
        left = half_way;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

__kernel void stream_dot_native(__global const real *restrict a, __global const real *restrict b, __global real *restrict sums,
                         index_t n)
{
    __local real part[DOT_THREADS];
    const index_t first = (index_t)get_group_id(0) * (DOT_THREADS * DOT_UNROLL) + (index_t)get_local_id(0);
    real sum = 0;
    for (int k = 0; k < DOT_UNROLL; ++k) {
        const index_t i = first + k * DOT_THREADS;
        sum += i < n ? a[i] * b[i] : (real)0;
    }
    part[get_local_id(0)] = sum;
    tree(part);
    if (get_local_id(0) == 0) {
        sums[get_group_id(0)] = part[0];
    }
}

__kernel void stream_dot_finish_native(__global const real *restrict sums, __global real *restrict dot_of, index_t count)
{
    __local real part[DOT_THREADS];
    real sum = 0;
    for (index_t i = (index_t)get_local_id(0); i < count; i += DOT_THREADS) {
        sum += sums[i];
    }
    part[get_local_id(0)] = sum;
    tree(part);
    if (get_local_id(0) == 0) {
        dot_of[0] = part[0];
    }
}
