/* SPDX-License-Identifier: Apache-2.0 */
/* BabelStream's loops (Deakin et al., 2016). A repetition is one of them, or all in BabelStream's order. */
#include "portable.h"

KERNEL(stream_copy)(GLOBAL const real *restrict a, GLOBAL real *restrict c, index_t n)
{
    FILL_1D(i, n, c, a[i]);
}

KERNEL(stream_mul)(GLOBAL real *restrict b, GLOBAL const real *restrict c, real scalar, index_t n)
{
    FILL_1D(i, n, b, scalar * c[i]);
}

KERNEL(stream_add)(GLOBAL const real *restrict a, GLOBAL const real *restrict b,
                   GLOBAL real *restrict c, index_t n)
{
    FILL_1D(i, n, c, a[i] + b[i]);
}

KERNEL(stream_triad)(GLOBAL real *restrict a, GLOBAL const real *restrict b,
                     GLOBAL const real *restrict c, real scalar, index_t n)
{
    FILL_1D(i, n, a, b[i] + scalar * c[i]);
}

/* dot, first stage: block by block. Each thread adds every DOT_THREADS-th product of the block's DOT_CHUNK elements,
 * then the threads' sums are added pairwise. The shape depends on n and the tunings alone: the same bits everywhere
 * in strict maths. DOT_UNROLL products between barriers keep that many loads in flight on a GPU. */
KERNEL_BLOCKS(stream_dot, DOT_THREADS, 1, 1)(GLOBAL const real *restrict a,
                                             GLOBAL const real *restrict b,
                                             GLOBAL real *restrict sums, index_t n)
{
    SHARED(real, part, DOT_THREADS);
    PRIVATE(real, sum, DOT_THREADS);
    index_t base = BLOCK_X * DOT_CHUNK;
    const index_t end = n - base < DOT_CHUNK ? n : base + DOT_CHUNK;
    THREADS_1D_FREE (x, DOT_THREADS) {
        MINE(sum, x) = REAL(0);
    }
    for (; end - base >= DOT_THREADS * DOT_UNROLL; base += DOT_THREADS * DOT_UNROLL) {
        THREADS_1D (x, DOT_THREADS) {
            real s = MINE(sum, x);
            UNROLL
            for (int32_t k = 0; k < DOT_UNROLL; ++k)
                s += a[base + k * DOT_THREADS + x] * b[base + k * DOT_THREADS + x];
            MINE(sum, x) = s;
        }
    }
    for (; base < end; base += DOT_THREADS) {
        THREADS_1D_TO (x, DOT_THREADS, end - base) {
            MINE(sum, x) += a[base + x] * b[base + x];
        }
    }
    THREADS_1D (x, DOT_THREADS) {
        part[x] = MINE(sum, x);
    }
    for (int32_t width = DOT_THREADS / 2; width > 0; width /= 2) {
        THREADS_1D_TO (x, DOT_THREADS, width) {
            part[x] += part[x + width];
        }
    }
    THREADS_1D_TO (x, DOT_THREADS, 1) {
        sums[BLOCK_X] = part[x];
    }
}

/* dot, second stage: one block adds the blocks' sums in the same way. */
KERNEL_BLOCKS(stream_dot_finish, DOT_THREADS, 1, 1)(GLOBAL const real *restrict sums,
                                                    GLOBAL real *restrict dot, index_t count)
{
    SHARED(real, part, DOT_THREADS);
    PRIVATE(real, sum, DOT_THREADS);
    THREADS_1D_FREE (x, DOT_THREADS) {
        MINE(sum, x) = REAL(0);
    }
    for (index_t base = 0; base < count; base += DOT_THREADS) {
        THREADS_1D_TO (x, DOT_THREADS, count - base) {
            MINE(sum, x) += sums[base + x];
        }
    }
    THREADS_1D (x, DOT_THREADS) {
        part[x] = MINE(sum, x);
    }
    for (int32_t width = DOT_THREADS / 2; width > 0; width /= 2) {
        THREADS_1D_TO (x, DOT_THREADS, width) {
            part[x] += part[x + width];
        }
    }
    THREADS_1D_TO (x, DOT_THREADS, 1) {
        dot[0] = part[x];
    }
}
