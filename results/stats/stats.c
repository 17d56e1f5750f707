/* SPDX-License-Identifier: Apache-2.0 */
#include "results/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void swap(double *a, double *b)
{
    const double t = *a;
    *a = *b;
    *b = t;
}

/* Hoare's quickselect with the median of three: afterwards v[k] is the k-th smallest, no greater before, no less after. */
static double select_rank(double *v, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (v[middle] < v[low]) {
            swap(&v[middle], &v[low]);
        }
        if (v[high] < v[low]) {
            swap(&v[high], &v[low]);
        }
        if (v[high] < v[middle]) {
            swap(&v[high], &v[middle]);
        }
        const double pivot = v[middle];
        size_t i = low, j = high;
        for (;;) {
            while (v[i] < pivot) {
                i++;
            }
            while (v[j] > pivot) {
                j--;
            }
            if (i >= j) {
                break;
            }
            swap(&v[i++], &v[j--]);
        }
        if (k <= j) {
            high = j;
        } else {
            low = j + 1;
        }
    }
    return v[k];
}

double sb_stats_median(double *values, size_t n)
{
    if (n == 0) {
        return NAN;
    }
    const double upper = select_rank(values, n, n / 2);
    if (n % 2) {
        return upper;
    }
    double lower = values[0]; /* the greatest of those before the upper one */
    for (size_t i = 1; i < n / 2; i++) {
        lower = fmax(lower, values[i]);
    }
    return (lower + upper) / 2;
}

/* C(n, k) / 2^n. lgamma_r, because lgamma writes the global signgam. */
static double binomial_half(size_t n, size_t k)
{
    int sign = 0;
    const double log_p = lgamma_r(n + 1.0, &sign) - lgamma_r(k + 1.0, &sign) -
                         lgamma_r(n - k + 1.0, &sign) - n * log(2.0);
    return exp(log_p);
}

/* Largest rank whose interval covers at least @p confidence, and what it covers; 0 where none does. */
static size_t rank_of(size_t n, double confidence, double *covered)
{
    size_t rank =
        (n + 1) /
        2; /* covers P(rank ≤ Binomial ≤ n − rank); outward from the middle, where the terms are large */
    double sum = n % 2 ? 0 : binomial_half(n, n / 2);
    double term = binomial_half(n, rank);
    while (sum < confidence && rank > 0) {
        term *= rank / (n - rank + 1.0);
        rank--;
        sum += 2 * term;
    }
    *covered = fmin(sum, 1);
    return rank;
}

size_t sb_stats_median_rank(size_t n, double confidence)
{
    double covered = 0;
    return n == 0 ? 0 : rank_of(n, confidence, &covered);
}

int sb_stats_median_interval(struct sb_interval *out, const uint64_t *samples_ns, size_t n,
                             double confidence)
{
    *out = (struct sb_interval){0};
    if (n == 0) {
        return 0;
    }
    double *v = malloc(n * sizeof *v);
    if (!v) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        v[i] = (double)samples_ns[i];
    }
    out->n = n;
    out->median_ns = sb_stats_median(v, n);
    size_t rank = rank_of(n, confidence, &out->confidence);
    if (rank == 0) { /* not enough samples for any: the widest there is */
        rank = 1;
        out->confidence = 1 - ldexp(1, 1 - (int)n);
    }
    out->low_ns = select_rank(v, n, rank - 1);
    out->high_ns = select_rank(v, n, n - rank);
    free(v);
    return 0;
}

double sb_stats_half_width(const struct sb_interval *interval, double confidence)
{
    if (interval->n < 2 || interval->confidence < confidence || !(interval->median_ns > 0)) {
        return INFINITY;
    }
    return (interval->high_ns - interval->low_ns) / 2 / interval->median_ns;
}

long sb_stats_turn_medians(double *out, const uint64_t *samples_ns, size_t n, const size_t *turns,
                           size_t turn_count)
{
    double *v = malloc((n ? n : 1) * sizeof *v);
    if (!v) {
        return -1;
    }
    long written = 0;
    size_t at = 0;
    for (size_t t = 0; t < turn_count && at < n; t++) {
        const size_t count = turns[t] < n - at ? turns[t] : n - at;
        for (size_t i = 0; i < count; i++) {
            v[i] = (double)samples_ns[at + i];
        }
        if (count > 0) {
            out[written++] = sb_stats_median(v, count);
        }
        at += count;
    }
    free(v);
    return written;
}

/* Variance inflation of a median by serial correlation, from the signs about it; @p effective is the number of values. */
static double inflation_of(const double *series, const double *weights, size_t n, double median,
                           double effective)
{
    double product = 0, square = 0, sign_before = 0, weight_before = 0;
    for (size_t i = 0; i < n; i++) {
        const double sign = (series[i] > median) - (series[i] < median);
        const double weight = weights ? weights[i] : 1;
        product += sign * sign_before * fmin(weight, weight_before);
        square += weight * sign * sign;
        sign_before = sign;
        weight_before = weight;
    }
    if (square == 0) {
        return 1;
    }
    const double raw = product / square;
    const double rho = fmin(fmax(raw + (1 + 3 * raw) / effective, 0), 1 - 2 / effective);
    return (1 + rho) / (1 - rho);
}

struct weighted {
    double value, weight;
};

static int by_value(const void *a, const void *b)
{
    const struct weighted *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* The value at which the share @p p of the weight is reached; the mean of two where it is reached between them. */
static double quantile(const struct weighted *v, size_t n, double total, double p)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += v[i].weight;
        if (fabs(sum - p * total) <= 1e-9 * total && i + 1 < n) {
            return (v[i].value + v[i + 1].value) / 2;
        }
        if (sum > p * total) {
            return v[i].value;
        }
    }
    return v[n - 1].value;
}

/* Variance of the median of sorted @p v from the spacing of the order statistics c and n + 1 − c about it. */
static double spacing_variance(const struct weighted *v, size_t n, double total, double effective)
{
    const size_t whole = (size_t)(effective + 0.5);
    const long nearest = lround((whole + 1) / 2.0 - sqrt((double)whole));
    const size_t c = nearest < 1 ? 1 : (size_t)nearest;
    double outside = 0; /* P(Binomial(n, 1/2) < c) */
    for (size_t i = 0; i < c; i++) {
        outside += binomial_half(whole, i);
    }
    const double z = -sb_stats_t_quantile(outside, INFINITY);
    const double share = (c - 0.5) / whole; /* of the c-th of `whole` */
    const double width = quantile(v, n, total, 1 - share) - quantile(v, n, total, share);
    return width * width / (4 * z * z);
}

int sb_stats_log_median(struct sb_log_median *out, const double *values, const double *weights,
                        size_t n, bool logs)
{
    *out = (struct sb_log_median){.log_median = NAN, .variance = INFINITY, .inflation = 1, .n = n};
    if (n == 0) {
        return 0;
    }
    double *series = malloc(n * sizeof *series);
    struct weighted *sorted = malloc(n * sizeof *sorted);
    if (!series || !sorted) {
        free(series);
        free(sorted);
        return -1;
    }
    double total = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        series[i] = logs ? values[i] : log(values[i]);
        sorted[i] = (struct weighted){series[i], weights ? weights[i] : 1};
        total += sorted[i].weight;
        squares += sorted[i].weight * sorted[i].weight;
    }
    qsort(sorted, n, sizeof *sorted, by_value);
    out->log_median = quantile(sorted, n, total, 0.5);
    const double effective = total * total / squares;
    if (effective >= 2.5) {
        out->inflation = inflation_of(series, weights, n, out->log_median, effective);
        out->variance = out->inflation * spacing_variance(sorted, n, total, effective);
    }
    free(series);
    free(sorted);
    return 0;
}
