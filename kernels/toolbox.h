/* SPDX-License-Identifier: Apache-2.0 */
/** Small tools for the host side of kernels: reproducible random numbers and double-double sums. Header only. */
#ifndef SB_TOOLBOX_H
#define SB_TOOLBOX_H

#include <math.h>
#include <stdint.h>

/** 64 random bits that depend on (seed, stream, i) alone: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static inline uint64_t sb_random_bits(uint64_t seed, uint64_t stream, uint64_t i)
{
    uint64_t z = seed + stream * 0xD1B54A32D192ED03U + (i + 1) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

/** Uniform in [low, high). */
static inline double sb_random(uint64_t seed, uint64_t stream, uint64_t i, double low, double high)
{
    return low + (high - low) * ((double)(sb_random_bits(seed, stream, i) >> 11) * 0x1p-53);
}

/** Unevaluated sum hi + lo, about 106 bits. */
struct sb_dd {
    double hi, lo;
};

/** a += x, error-free transformation TwoSum (Knuth, TAOCP 2, §4.2.2). Needs strict IEEE evaluation. */
static inline void sb_dd_add(struct sb_dd *a, double x)
{
    const double s = a->hi + x;
    const double bb = s - a->hi;
    const double e = (a->hi - (s - bb)) + (x - bb) + a->lo;
    a->hi = s + e;
    a->lo = e - (a->hi - s);
}

/** a += x·y, with TwoProduct by FMA (Ogita, Rump, Oishi, SIAM J. Sci. Comput. 26, 2005). */
static inline void sb_dd_add_product(struct sb_dd *a, double x, double y)
{
    const double p = x * y;
    sb_dd_add(a, p);
    sb_dd_add(a, fma(x, y, -p));
}

static inline double sb_dd_value(const struct sb_dd *a)
{
    return a->hi + a->lo;
}

#endif
