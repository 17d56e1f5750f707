/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device can do, in the dialect: one source for every backend but cpu, whose widths probes.native.cpu.c names. A
 * thread's NV lanes are one vector on a processor (blocks of one thread then) and 1 on a GPU, where the threads are the
 * lanes. Compiled in strict maths: nothing is regrouped, and products fuse only where FMA says so. Each repetition over
 * the arrays begins one block further, so that no load can be moved out of the loop over them, nor served by the L1
 * cache of the unit that made it.
 */
#include "portable.h"

#define CHAINS 12 /* of operations, so that no latency is seen */
#define DEEP 4    /* vectors of a thread under way at once */
#define STEP (BX * NV * DEEP)
#define AT(d, x, v) (((d) * BX + (x)) * NV + (v))

#define OVER_ALL(n, reps, at)                                                                      \
    for (int32_t r = 0; r < (reps); ++r)                                                           \
        for (index_t at = (BLOCK_X + r) % BLOCKS_X * STEP; at < (n); at += BLOCKS_X * STEP)

KERNEL_BLOCKS(peak_load, BX, 1, 1)(GLOBAL const real *restrict a, GLOBAL real *restrict out,
                                   index_t n, int32_t reps)
{
    WIDE_THREADS_1D (x, BX) {
        real sum[DEEP * NV];
        UNROLL
        for (int32_t e = 0; e < DEEP * NV; ++e) {
            sum[e] = REAL(0);
        }
        OVER_ALL(n, reps, at)
        {
            UNROLL
            for (int32_t d = 0; d < DEEP; ++d) {
                LANES (v, NV) {
                    sum[d * NV + v] += (a + at)[AT(d, x, v)];
                }
            }
        }
        UNROLL
        for (int32_t e = 1; e < DEEP * NV; ++e) {
            sum[0] += sum[e];
        }
        out[BLOCK_X * BX + x] = sum[0];
    }
}

KERNEL_BLOCKS(peak_copy, BX, 1, 1)(GLOBAL real *restrict a, GLOBAL const real *restrict b,
                                   GLOBAL real *restrict out, index_t n, int32_t reps)
{
    WIDE_THREADS_1D (x, BX) {
        OVER_ALL(n, reps, at)
        {
            UNROLL
            for (int32_t d = 0; d < DEEP; ++d) {
                LANES (v, NV) {
                    (a + at)[AT(d, x, v)] = (b + at)[AT(d, x, v)];
                }
            }
        }
        out[BLOCK_X * BX + x] = REAL(0);
    }
}

KERNEL_BLOCKS(peak_triad, BX, 1, 1)(GLOBAL real *restrict a, GLOBAL const real *restrict b,
                                    GLOBAL const real *restrict c, GLOBAL real *restrict out,
                                    real s, index_t n, int32_t reps)
{
    WIDE_THREADS_1D (x, BX) {
        OVER_ALL(n, reps, at)
        {
            UNROLL
            for (int32_t d = 0; d < DEEP; ++d) {
                LANES (v, NV) {
                    (a + at)[AT(d, x, v)] = FMA(s, (c + at)[AT(d, x, v)], (b + at)[AT(d, x, v)]);
                }
            }
        }
        out[BLOCK_X * BX + x] = REAL(0);
    }
}

/* Stores past the caches where there are such; on a GPU an element is a thread's. */
KERNEL(peak_copy_stream)(GLOBAL real *restrict a, GLOBAL const real *restrict b, index_t n)
{
    FILL_1D(i, n, a, b[i]);
}

KERNEL(peak_triad_stream)(GLOBAL real *restrict a, GLOBAL const real *restrict b,
                          GLOBAL const real *restrict c, real s, index_t n)
{
    FILL_1D(i, n, a, FMA(s, c[i], b[i]));
}

/* x becomes x m + a, then x w − a with w = 1 / m: it stays where it was. */
#define CHAIN_BEGIN                                                                                \
    real y[CHAINS * NV];                                                                           \
    UNROLL                                                                                         \
    for (int32_t e = 0; e < CHAINS * NV; ++e) {                                                    \
        y[e] = REAL(1) + REAL(e);                                                                  \
    }
#define CHAIN_STEP(value)                                                                          \
    UNROLL                                                                                         \
    for (int32_t k = 0; k < CHAINS; ++k) {                                                         \
        LANES (v, NV) {                                                                            \
            y[k * NV + v] = value(k, y[k * NV + v]);                                               \
        }                                                                                          \
    }
#define CHAIN_END                                                                                  \
    UNROLL                                                                                         \
    for (int32_t e = 1; e < CHAINS * NV; ++e) {                                                    \
        y[0] += y[e];                                                                              \
    }                                                                                              \
    out[BLOCK_X * BX + x] = y[0];

#define FUSED_UP(k, y) FMA(y, m, a)
#define FUSED_DOWN(k, y) FMA(y, w, -a)
/* As many additions as multiplications, on chains of their own: they may have units of their own. */
#define APART_UP(k, y) ((k) % 2 ? (y) + a : (y) * m)
#define APART_DOWN(k, y) ((k) % 2 ? (y) - a : (y) * w)

KERNEL_BLOCKS(peak_fma, BX, 1, 1)(GLOBAL real *restrict out, real m, real w, real a, int32_t steps)
{
    WIDE_THREADS_1D (x, BX) {
        CHAIN_BEGIN
        for (int32_t s = 0; s < steps; ++s) {
            CHAIN_STEP(FUSED_UP)
            CHAIN_STEP(FUSED_DOWN)
        }
        CHAIN_END
    }
}

KERNEL_BLOCKS(peak_mul_add, BX, 1, 1)(GLOBAL real *restrict out, real m, real w, real a,
                                      int32_t steps)
{
    WIDE_THREADS_1D (x, BX) {
        CHAIN_BEGIN
        for (int32_t s = 0; s < steps; ++s) {
            CHAIN_STEP(APART_UP)
            CHAIN_STEP(APART_DOWN)
        }
        CHAIN_END
    }
}

/* Each load needs the one before: the time of one is its latency. Goes on where it ended. */
KERNEL_BLOCKS(peak_chase, 1, 1, 1)(GLOBAL const uint32_t *restrict chain,
                                   GLOBAL uint32_t *restrict at, int32_t which, int32_t steps)
{
    THREADS_1D (x, 1) {
        uint32_t here = at[which];
        for (int32_t s = 0; s < steps; ++s) {
            here = chain[here];
        }
        at[which] = here;
    }
}

KERNEL_BLOCKS(peak_empty, 1, 1, 1)(GLOBAL real *restrict out)
{
    THREADS_1D (x, 1) {
        out[x] = REAL(0);
    }
}
