/* SPDX-License-Identifier: Apache-2.0 */
/* Student's t and the normal distribution: what libm does not have. */
#include "results/stats/stats.h"

#include <math.h>

/*
 * Continued fraction of the incomplete beta function, by Lentz's method as Thompson and Barnett modified it (DLMF 8.17.22;
 * J. Comput. Phys. 64 (1986) 490). Converges in O(√max(a, b)) steps for x < (a + 1)/(a + b + 2).
 */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m < 10000; m++) {
        for (int odd = 0; odd < 2; odd++) {
            const double term = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                                    : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 + term * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            c = fabs(c) < tiny ? tiny : c;
            h *= d * c;
        }
        if (fabs(d * c - 1) < 1e-15) {
            break;
        }
    }
    return h;
}

/* Regularised incomplete beta function I_x(a, b); 0 < x < 1. */
static double beta_regularised(double a, double b, double x)
{
    int sign = 0;
    const double front = exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) +
                             a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2)) {
        return front * beta_fraction(a, b, x) / a;
    }
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double sb_stats_t_cdf(double t, double df)
{
    if (isinf(df) || t == 0) {
        return erfc(-t / sqrt(2)) / 2;
    }
    if (isinf(t)) {
        return t > 0;
    }
    const double tail = beta_regularised(df / 2, 0.5, df / (df + t * t)) / 2;
    return t > 0 ? 1 - tail : tail;
}

double sb_stats_t_quantile(double p, double df)
{
    if (!(p > 0 && p < 1)) {
        return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    }
    if (p > 0.5) {
        return -sb_stats_t_quantile(1 - p, df);
    }
    double low = -1, high = 0;
    double above = 0.5 - p,
           below = sb_stats_t_cdf(low, df) - p; /* the function at high and at low */
    while (below > 0) {
        high = low;
        above = below;
        low *= 2;
        below = sb_stats_t_cdf(low, df) - p;
    }
    /* Regula falsi as the Illinois algorithm has it (Dowell & Jarratt, BIT 11 (1971) 168): bracketed, superlinear. */
    for (int i = 0, side = 0; i < 200 && high - low > 1e-15 * -low && below != 0; i++) {
        const double at = high - above * (high - low) / (above - below);
        const double value = sb_stats_t_cdf(at, df) - p;
        if (fabs(value) < 1e-16 || at == low || at == high) {
            return at;
        }
        if (value > 0) {
            high = at;
            above = value;
            below = side > 0 ? below / 2 : below;
            side = 1;
        } else {
            low = at;
            below = value;
            above = side < 0 ? above / 2 : above;
            side = -1;
        }
    }
    return below == 0 ? low : (low + high) / 2;
}
