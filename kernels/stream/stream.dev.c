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

/* The threads' parts of a block in two steps: each of the first eighth adds 8 of them, then the first adds those. */
#define DOT_EIGHTH (DOT_THREADS / 8)
#define ADD_PARTS(part, result)                                                                    \
    THREADS_1D_TO (x, DOT_THREADS, DOT_EIGHTH) {                                                   \
        real sum = part[x];                                                                        \
        UNROLL                                                                                     \
        for (int32_t k = 1; k < 8; ++k)                                                            \
            sum += (part + k * DOT_EIGHTH)[x];                                                     \
        part[x] = sum;                                                                             \
    }                                                                                              \
    THREADS_1D_TO (x, DOT_THREADS, 1) {                                                            \
        real sum = part[x];                                                                        \
        for (int32_t k = 1; k < DOT_EIGHTH; ++k)                                                   \
            sum += part[k];                                                                        \
        result = sum;                                                                              \
    }

/*
 * dot, first stage: each block adds DOT_THREADS × DOT_UNROLL products, each thread every DOT_THREADS-th of them. The
 * shape depends on n and the tunings alone: the same bits everywhere in strict maths. A whole block has no loop but
 * the unrolled one, and x is added to pointers last: so PoCL vectorises over the threads, without gathers.
 */
KERNEL_BLOCKS(stream_dot, DOT_THREADS, 1, 1)(GLOBAL const real *restrict a,
                                             GLOBAL const real *restrict b,
                                             GLOBAL real *restrict sums, index_t n)
{
    SHARED(real, part, DOT_THREADS);
    const index_t first = BLOCK_X * (DOT_THREADS * DOT_UNROLL);
    const index_t rest = n - first;
    if (rest >= DOT_THREADS * DOT_UNROLL) {
        THREADS_1D (x, DOT_THREADS) {
            real sum = REAL(0);
            UNROLL
            for (int32_t k = 0; k < DOT_UNROLL; ++k) {
                sum += (a + first + k * DOT_THREADS)[x] * (b + first + k * DOT_THREADS)[x];
            }
            part[x] = sum;
        }
    } else {
        THREADS_1D (x, DOT_THREADS) {
            part[x] = REAL(0);
        }
        for (index_t done = 0; done < rest; done += DOT_THREADS) {
            THREADS_1D_TO (x, DOT_THREADS, rest - done) {
                part[x] += (a + first + done)[x] * (b + first + done)[x];
            }
        }
    }
    ADD_PARTS(part, sums[BLOCK_X])
}

/* dot, second stage: one block adds the blocks' sums in the same way. */
KERNEL_BLOCKS(stream_dot_finish, DOT_THREADS, 1, 1)(GLOBAL const real *restrict sums,
                                                    GLOBAL real *restrict dot, index_t count)
{
    SHARED(real, part, DOT_THREADS);
    THREADS_1D (x, DOT_THREADS) {
        part[x] = REAL(0);
    }
    for (index_t done = 0; done < count; done += DOT_THREADS) {
        THREADS_1D_TO (x, DOT_THREADS, count - done) {
            part[x] += (sums + done)[x];
        }
    }
    ADD_PARTS(part, dot[0])
}
