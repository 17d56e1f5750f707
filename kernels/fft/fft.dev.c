/* SPDX-License-Identifier: Apache-2.0 */
/**
 * batch transforms X[k] = Σ_j x[j] exp(−2πi jk / n) of length n = 2^LOG2N, [batch][n][2] with interleaved real and
 * imaginary parts, by Stockham's self-sorting scheme (Cochran et al., Proc. IEEE 55, 1967; Van Loan, Computational
 * Frameworks for the FFT, SIAM 1992, §1.7), decimation in frequency: a pass of radix r that follows passes of product
 * s has m = n / (r s) twiddles and does, for all p < m and q < s,
 *     y[q + s (r p + k)] = exp(−2πi p k / (r m)) Σ_j x[q + s (p + m j)] exp(−2πi jk / r)      (k = 0 … r − 1)
 * Radix 8 passes first, then one or two of radix 4 (n = 2: one of radix 2). fft_block does all passes of a transform in
 * SHARED memory; where it does not fit, fft_first*, fft_middle*, fft_last* do one each through GLOBAL memory.
 * The lanes are q, in a first pass p: contiguous either way.
 */
#include "portable.h"

#define N (1 << LOG2N)
#define EIGHTS (LOG2N % 3 == 1 ? (LOG2N - 4) / 3 : LOG2N / 3)
#define FOURS (LOG2N % 3 == 0 ? 0 : 3 - LOG2N % 3)
#define PASSES (EIGHTS + FOURS)
#define RADIX(pass) ((pass) < EIGHTS ? 8 : 4)
#define LOG2S(pass) ((pass) < EIGHTS ? 3 * (pass) : 3 * EIGHTS + 2 * ((pass) - EIGHTS))
#define S(pass) (1 << LOG2S(pass))
/* The twiddles of a pass: [k − 1][p]. Those before it are Σ (r − 1) n / (r s), which telescopes. */
#define TWIDDLES(pass) (N - (N >> LOG2S(pass)))

/* The points of a butterfly. By value: where an address is taken gcc no longer vectorises the lanes around it. */
struct points {
    real re[8], im[8];
};

/* Transforms of 2, 4, 8 points, outputs in natural order. 4 additions. */
FUNCTION struct points butterfly2(struct points x)
{
    struct points y = x;
    y.re[0] = x.re[0] + x.re[1];
    y.im[0] = x.im[0] + x.im[1];
    y.re[1] = x.re[0] - x.re[1];
    y.im[1] = x.im[0] - x.im[1];
    return y;
}

/* 16 additions. */
FUNCTION struct points butterfly4(struct points x)
{
    const real a_re = x.re[0] + x.re[2], a_im = x.im[0] + x.im[2];
    const real b_re = x.re[0] - x.re[2], b_im = x.im[0] - x.im[2];
    const real c_re = x.re[1] + x.re[3], c_im = x.im[1] + x.im[3];
    const real d_re = x.re[1] - x.re[3], d_im = x.im[1] - x.im[3];
    struct points y = x;
    y.re[0] = a_re + c_re;
    y.im[0] = a_im + c_im;
    y.re[1] = b_re + d_im; /* b − i d */
    y.im[1] = b_im - d_re;
    y.re[2] = a_re - c_re;
    y.im[2] = a_im - c_im;
    y.re[3] = b_re - d_im;
    y.im[3] = b_im + d_re;
    return y;
}

/* 52 additions and 4 multiplications: one step of radix 2, then two of radix 4. */
FUNCTION struct points butterfly8(struct points x)
{
    const real half_root = REAL(0.70710678118654752440);
    struct points even = x, odd = x, y;
    UNROLL
    for (int32_t j = 0; j < 4; ++j) {
        even.re[j] = x.re[j] + x.re[j + 4];
        even.im[j] = x.im[j] + x.im[j + 4];
        odd.re[j] = x.re[j] - x.re[j + 4];
        odd.im[j] = x.im[j] - x.im[j + 4];
    }
    even = butterfly4(even);
    /* odd 1 by (1 − i) / √2, odd 3 by (−1 − i) / √2 (im3 is its negative), odd 2 by −i within the sums */
    const real re1 = half_root * (odd.re[1] + odd.im[1]), im1 = half_root * (odd.im[1] - odd.re[1]);
    const real re3 = half_root * (odd.im[3] - odd.re[3]), im3 = half_root * (odd.re[3] + odd.im[3]);
    const real a_re = odd.re[0] + odd.im[2], a_im = odd.im[0] - odd.re[2];
    const real b_re = odd.re[0] - odd.im[2], b_im = odd.im[0] + odd.re[2];
    const real c_re = re1 + re3, c_im = im1 - im3;
    const real d_re = re1 - re3, d_im = im1 + im3;
    UNROLL
    for (int32_t k = 0; k < 4; ++k) {
        y.re[2 * k] = even.re[k];
        y.im[2 * k] = even.im[k];
    }
    y.re[1] = a_re + c_re;
    y.im[1] = a_im + c_im;
    y.re[3] = b_re + d_im;
    y.im[3] = b_im - d_re;
    y.re[5] = a_re - c_re;
    y.im[5] = a_im - c_im;
    y.re[7] = b_re - d_im;
    y.im[7] = b_im + d_re;
    return y;
}

FUNCTION struct points butterfly(struct points x, int32_t radix)
{
    return radix == 8 ? butterfly8(x) : radix == 4 ? butterfly4(x) : butterfly2(x);
}

/* Output k ≥ 1 times exp(−2πi p k / (r m)), from the table of the pass. 6 flop each. */
FUNCTION struct points twiddle(struct points x, int32_t radix, GLOBAL const real *w_re,
                               GLOBAL const real *w_im, index_t p, index_t m)
{
    struct points y = x;
    UNROLL
    for (int32_t k = 1; k < radix; ++k) {
        const real cosine = w_re[(k - 1) * m + p], sine = w_im[(k - 1) * m + p];
        y.re[k] = x.re[k] * cosine - x.im[k] * sine;
        y.im[k] = x.re[k] * sine + x.im[k] * cosine;
    }
    return y;
}

/* Points x[at + j step], j = 0 … radix − 1. */
FUNCTION struct points load(GLOBAL const real *x, int32_t radix, index_t at, index_t step)
{
    struct points y;
    UNROLL
    for (int32_t j = 0; j < radix; ++j) {
        y.re[j] = x[2 * (at + j * step)];
        y.im[j] = x[2 * (at + j * step) + 1];
    }
    return y;
}

FUNCTION void store(GLOBAL real *y, int32_t radix, index_t at, index_t step, struct points x)
{
    UNROLL
    for (int32_t k = 0; k < radix; ++k) {
        y[2 * (at + k * step)] = x.re[k];
        y[2 * (at + k * step) + 1] = x.im[k];
    }
}

#if IN_BLOCK

FUNCTION struct points load_shared(LOCAL const real *x_re, LOCAL const real *x_im, int32_t radix,
                                   int32_t at, int32_t step)
{
    struct points y;
    UNROLL
    for (int32_t j = 0; j < radix; ++j) {
        y.re[j] = x_re[at + j * step];
        y.im[j] = x_im[at + j * step];
    }
    return y;
}

FUNCTION void store_shared(LOCAL real *y_re, LOCAL real *y_im, int32_t radix, int32_t at,
                           int32_t step, struct points x)
{
    UNROLL
    for (int32_t k = 0; k < radix; ++k) {
        y_re[at + k * step] = x.re[k];
        y_im[at + k * step] = x.im[k];
    }
}

FUNCTION void first_pass(LOCAL real *restrict y_re, LOCAL real *restrict y_im,
                         GLOBAL const real *restrict x, GLOBAL const real *restrict w_re,
                         GLOBAL const real *restrict w_im, int32_t transforms)
{
    THREADS_OVER_2D (p, z, N / RADIX(0), transforms, BX) {
        const struct points in = load(x, RADIX(0), z * N + p, N / RADIX(0));
        const struct points out = butterfly(in, RADIX(0));
        store_shared(y_re, y_im, RADIX(0), z * N + RADIX(0) * p, 1,
                     twiddle(out, RADIX(0), w_re, w_im, p, N / RADIX(0)));
    }
}

FUNCTION void middle_pass(LOCAL real *restrict y_re, LOCAL real *restrict y_im,
                          LOCAL const real *restrict x_re, LOCAL const real *restrict x_im,
                          GLOBAL const real *restrict w_re, GLOBAL const real *restrict w_im,
                          int32_t radix, int32_t s, int32_t transforms)
{
    const int32_t m = N / (radix * s);
    THREADS_OVER_2D (q, row, s, m * transforms, BX) {
        const int32_t p = row % m;
        const int32_t at = (row / m) * N + q;
        const struct points in = load_shared(x_re, x_im, radix, at + s * p, s * m);
        const struct points out = butterfly(in, radix);
        store_shared(y_re, y_im, radix, at + s * radix * p, s,
                     twiddle(out, radix, w_re, w_im, p, m));
    }
}

FUNCTION void last_pass(GLOBAL real *restrict y, LOCAL const real *restrict x_re,
                        LOCAL const real *restrict x_im, int32_t radix, int32_t transforms)
{
    const int32_t s = N / radix;
    THREADS_OVER_2D (q, z, s, transforms, BX) {
        const struct points in = load_shared(x_re, x_im, radix, z * N + q, s);
        store(y, radix, z * N + q, s, butterfly(in, radix));
    }
}

/* TRANSFORMS transforms by a block of BX threads; n = 16 … 65536. */
KERNEL_BLOCKS(fft_block, BX, 1, 1)(GLOBAL const real *restrict x, GLOBAL real *restrict y,
                                   GLOBAL const real *restrict w_re,
                                   GLOBAL const real *restrict w_im, index_t batch)
{
    SHARED(real, a_re, TRANSFORMS * N);
    SHARED(real, a_im, TRANSFORMS * N);
    SHARED(real, b_re, TRANSFORMS * N);
    SHARED(real, b_im, TRANSFORMS * N);
    const index_t first = BLOCK_X * TRANSFORMS;
    const int32_t transforms = TRANSFORMS == 1 ? 1 : (int32_t)MIN(TRANSFORMS, batch - first);

    first_pass(a_re, a_im, x + 2 * N * first, w_re, w_im, transforms);
#define MIDDLE(to, from, pass)                                                                     \
    if (PASSES > (pass) + 1)                                                                       \
    middle_pass(to##_re, to##_im, from##_re, from##_im, w_re + TWIDDLES(pass),                     \
                w_im + TWIDDLES(pass), RADIX(pass), S(pass), transforms)
    MIDDLE(b, a, 1);
    MIDDLE(a, b, 2);
    MIDDLE(b, a, 3);
    MIDDLE(a, b, 4);
    if (PASSES % 2 == 0) {
        last_pass(y + 2 * N * first, a_re, a_im, RADIX(PASSES - 1), transforms);
    } else {
        last_pass(y + 2 * N * first, b_re, b_im, RADIX(PASSES - 1), transforms);
    }
}

#else

/* What does not fit in a block is longer than 16, hence begins with radix 8. */
KERNEL(fft_first8)(GLOBAL const real *restrict x, GLOBAL real *restrict y,
                   GLOBAL const real *restrict w_re, GLOBAL const real *restrict w_im, index_t n,
                   index_t batch)
{
    FOR_EACH_2D (p, z, n / 8, batch) {
        const struct points out = butterfly(load(x, 8, z * n + p, n / 8), 8);
        store(y, 8, z * n + 8 * p, 1, twiddle(out, 8, w_re, w_im, p, n / 8));
    }
}

#define MIDDLE_KERNEL(radix)                                                                       \
    KERNEL(fft_middle##radix)(GLOBAL const real *restrict x, GLOBAL real *restrict y,              \
                              GLOBAL const real *restrict w_re, GLOBAL const real *restrict w_im,  \
                              index_t table, index_t s, index_t m, index_t batch)                  \
    {                                                                                              \
        FOR_EACH_3D (q, p, z, s, m, batch) {                                                       \
            const index_t at = z * (radix * s * m) + q;                                            \
            const struct points out = butterfly(load(x, radix, at + s * p, s * m), radix);         \
            store(y, radix, at + s * radix * p, s,                                                 \
                  twiddle(out, radix, w_re + table, w_im + table, p, m));                          \
        }                                                                                          \
    }

#define LAST_KERNEL(radix)                                                                         \
    KERNEL(fft_last##radix)(GLOBAL const real *restrict x, GLOBAL real *restrict y, index_t n,     \
                            index_t batch)                                                         \
    {                                                                                              \
        FOR_EACH_2D (q, z, n / radix, batch) {                                                     \
            const struct points in = load(x, radix, z * n + q, n / radix);                         \
            store(y, radix, z *n + q, n / radix, butterfly(in, radix));                            \
        }                                                                                          \
    }

MIDDLE_KERNEL(4)
MIDDLE_KERNEL(8)
LAST_KERNEL(2)
LAST_KERNEL(4)
LAST_KERNEL(8)

#endif
