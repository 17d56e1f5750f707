/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Medians and their intervals, for the runner (when to stop) and for everything that reads records. Depends on libm
 * alone. Times are in ns and in the order in which they were taken.
 */
#ifndef SB_STATS_H
#define SB_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Turns that a cell needs before two of them can be compared; the runner takes at least this many where it can. */
#define SB_STATS_TURNS_LEAST 8

struct sb_interval {
    double median_ns; /* the mean of the two middle ones where n is even */
    double low_ns, high_ns;
    double
        confidence; /* that the interval has: at least what was asked, or, where n is too small, what n allows */
    size_t n;
};

/**
 * The median of @p n samples and its distribution-free interval: two of the samples themselves, the j-th smallest and
 * the j-th largest, with the largest j for which 1 − 2 P(Binomial(n, 1/2) < j) ≥ @p confidence. No distribution is
 * assumed; samples are taken as independent. Below six samples (at 95 %) no j is enough: the answer is the smallest and
 * the largest, and out->confidence says the 1 − 2^(1−n) that these have (0 for one sample). n = 0: all zero.
 * Hahn & Meeker, Statistical Intervals (1991), §5.2; Le Boudec, Performance Evaluation (2010), §2.2, Theorem 2.1.
 * Returns 0, or −1 when the scratch copy could not be allocated (@p out is then zero).
 */
int sb_stats_median_interval(struct sb_interval *out, const uint64_t *samples_ns, size_t n,
                             double confidence);

/** (high − low) / 2 / median: the relative half width that a campaign's precision bounds; INFINITY where n < 2, or
 *  where the interval has less than @p confidence. */
double sb_stats_half_width(const struct sb_interval *interval, double confidence);

/** Rank j (1-based, 0: none is enough) of the interval above. O(√n). */
size_t sb_stats_median_rank(size_t n, double confidence);

/** Median of @p n values, which are reordered; NAN where n is 0. O(n). */
double sb_stats_median(double *values, size_t n);

/**
 * out[i] = median of the samples of turn i (@p turns[i] of them, consecutive); a turn of none is passed over.
 * @p out has room for @p turn_count. Returns how many were written; −1 when out of memory.
 */
long sb_stats_turn_medians(double *out, const uint64_t *samples_ns, size_t n, const size_t *turns,
                           size_t turn_count);

/** Estimate of the logarithm of a median, and its variance. */
struct sb_log_median {
    double log_median;
    double variance;  /* of the estimate; INFINITY where n < 3 */
    double inflation; /* by which serial correlation multiplied it, ≥ 1 */
    size_t n;
};

/**
 * The logarithm of the median of @p n values in the order they were taken, and the variance of that estimate, without
 * assuming a distribution and allowing for neighbours that resemble each other:
 *   variance   from the spacing of two order statistics (McKean & Schrader 1984; Price & Bonett, J. Stat. Comput.
 *              Simul. 72 (2002) 119, whose ranks and exact binomial coverage these are);
 *   inflation  the median's variance under dependence is that of the signs (Sen, Ann. Math. Stat. 39 (1968) 1724):
 *              × (1 + ρ)/(1 − ρ), ρ the first autocorrelation of the signs about the median, first corrected for its bias
 *              at small n (Kendall, Biometrika 41 (1954) 403) and never taken below 0.
 * Also where @p values are logarithms already (@p logs), e.g. of ratios of paired turns. @p weights (NULL: equal) are
 * the samples behind each value: the median is then the weighted one, and Kish's (Σw)²/Σw² takes the place of n (Kish,
 * Survey Sampling (1965), §11.7), so that a turn in which the machine had time for one repetition does not count as
 * much as one with two hundred. 0, or −1: out of memory.
 */
int sb_stats_log_median(struct sb_log_median *out, const double *values, const double *weights,
                        size_t n, bool logs);

/** P(Student's t with @p df degrees of freedom ≤ t), and its inverse; @p df may be INFINITY (the normal). */
double sb_stats_t_cdf(double t, double df);
double sb_stats_t_quantile(double p, double df);

#endif
