/* SPDX-License-Identifier: Apache-2.0 */
#include "results/stats/portability.h"
#include "results/stats/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed;

/* SplitMix64 (Steele, Lea, Flood 2014): the same numbers everywhere. In (0, 1). */
static double uniform(void)
{
    seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53 + 0x1p-54;
}

static double normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_stats__median_equals_that_of_sorting(void **state)
{
    (void)state;
    assert_true(isnan(sb_stats_median(NULL, 0)));
    for (int shape = 0; shape < 5; shape++) {
        for (size_t n = 1; n < 200; n++) {
            double v[200], sorted[200];
            for (size_t i = 0; i < n; i++) {
                v[i] = shape == 0   ? uniform()
                       : shape == 1 ? (double)i
                       : shape == 2 ? (double)(n - i)
                       : shape == 3 ? 7
                                    : (double)(int)(3 * uniform());
            }
            memcpy(sorted, v, sizeof v);
            qsort(sorted, n, sizeof *sorted, by_value);
            assert_true(sb_stats_median(v, n) == (sorted[(n - 1) / 2] + sorted[n / 2]) / 2);
        }
    }
}

static void test_stats__ranks_are_those_of_the_binomial(void **state)
{
    (void)state;
    static const struct {
        size_t n, rank;
        double confidence;
    } cases[] =
        {
            {0, 0, 0.95},   {1, 0, 0.95},  {5, 0, 0.95},   {6, 1, 0.95},    {8, 1, 0.95},
            {9, 2, 0.95},   {10, 2, 0.95}, {20, 6, 0.95},  {31, 10, 0.95},  {50, 18, 0.95},
            {70, 27, 0.95}, /* Le Boudec, App. A */
            {7, 0, 0.99},   {8, 1, 0.99},  {71, 25, 0.99}, {100, 40, 0.95}, {2, 1, 0.5},
        };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t rank = sb_stats_median_rank(cases[i].n, cases[i].confidence);
        if (rank != cases[i].rank) {
            fail_msg("n %zu: rank %zu, not %zu", cases[i].n, rank, cases[i].rank);
        }
    }
    const double large = 1e6; /* normal approximation: n/2 − 1.96 √n/2 */
    assert_true(fabs((double)sb_stats_median_rank(1000000, 0.95) -
                     (large / 2 - 1.96 * sqrt(large) / 2)) < 2);
}

static void test_stats__few_samples_say_what_they_allow(void **state)
{
    (void)state;
    static const uint64_t v[] = {5, 1, 9, 3, 7, 2};
    static const struct {
        size_t n;
        double median, low, high, confidence;
    } cases[] = {
        {0, 0, 0, 0, 0},    {1, 5, 5, 5, 0},      {2, 3, 1, 5, 0.5},
        {3, 5, 1, 9, 0.75}, {5, 5, 1, 9, 0.9375}, {6, 4, 1, 9, 0.96875},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sb_interval got;
        assert_int_equal(sb_stats_median_interval(&got, v, cases[i].n, 0.95), 0);
        assert_true(got.n == cases[i].n && got.median_ns == cases[i].median &&
                    got.low_ns == cases[i].low && got.high_ns == cases[i].high &&
                    fabs(got.confidence - cases[i].confidence) < 1e-12);
        assert_true(isinf(sb_stats_half_width(&got, 0.95)) == (cases[i].n < 6));
    }
}

static void test_stats__interval_covers_as_often_as_it_says(void **state)
{
    (void)state;
    seed = 1;
    for (size_t n = 6; n <= 60; n += 9) {
        int covered = 0;
        double says = 0;
        for (int r = 0; r < 4000; r++) {
            uint64_t v[60];
            for (size_t i = 0; i < n; i++) {
                v[i] = (uint64_t)(1e9 * exp(normal())); /* log-normal: the median is 1e9 */
            }
            struct sb_interval got;
            sb_stats_median_interval(&got, v, n, 0.95);
            covered += got.low_ns <= 1e9 && 1e9 <= got.high_ns;
            says = got.confidence;
        }
        assert_true(says >= 0.95);
        assert_true(fabs(covered / 4000.0 - says) < 4 * sqrt(says * (1 - says) / 4000));
    }
}

static void test_stats__student_agrees_with_tables(void **state)
{
    (void)state;
    static const struct {
        double p, df, t;
    } cases[] = {
        {0.5, 3, 0},
        {0.975, 1, 12.7062047},
        {0.975, 2, 4.3026527},
        {0.975, 10, 2.2281389},
        {0.995, 20, 2.8453397},
        {0.9, 5, 1.4758840},
        {0.995, 4, 4.6040949},
        {0.975, 1e6, 1.9599664},
        {0.975, INFINITY, 1.9599640},
        {0.025, 10, -2.2281389},
        {0.9995, 30, 3.6459586},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double t = sb_stats_t_quantile(cases[i].p, cases[i].df);
        if (fabs(t - cases[i].t) > 2e-7 * fmax(1, fabs(cases[i].t)) ||
            fabs(sb_stats_t_cdf(t, cases[i].df) - cases[i].p) > 1e-12) {
            fail_msg("t(%g, %g) = %.9g, not %.9g", cases[i].p, cases[i].df, t, cases[i].t);
        }
    }
    assert_true(isinf(sb_stats_t_quantile(1, 5)) && isnan(sb_stats_t_quantile(2, 5)));
}

static void test_stats__turn_medians_follow_the_turns(void **state)
{
    (void)state;
    static const uint64_t v[] = {3, 1, 2, 8, 4, 9};
    static const struct {
        size_t turns[4], count;
        long written;
        double medians[4];
    } cases[] = {
        {{0}, 0, 0, {0}},
        {{0, 0}, 2, 0, {0}},
        {{99}, 1, 1, {3.5}}, /* more than there are: what there is */
        {{3, 0, 2, 1}, 4, 3, {2, 6, 9}},
        {{2, 2}, 2, 2, {2, 5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double out[4] = {0};
        assert_int_equal(sb_stats_turn_medians(out, v, 6, cases[i].turns, cases[i].count),
                         cases[i].written);
        for (long t = 0; t < cases[i].written; t++) {
            assert_true(out[t] == cases[i].medians[t]);
        }
    }
}

/* How often median ± z √variance at 95 % misses the true median, for series of correlation rho. */
static double miss_rate(size_t n, double rho, double *inflation)
{
    int missed = 0;
    const int runs = 3000;
    *inflation = 0;
    for (int r = 0; r < runs; r++) {
        double v[64], x = normal();
        for (size_t i = 0; i < n; i++) {
            x = rho * x + sqrt(1 - rho * rho) * normal();
            v[i] = 1000 * exp(0.02 * x);
        }
        struct sb_log_median got;
        assert_int_equal(sb_stats_log_median(&got, v, NULL, n, false), 0);
        missed += fabs(got.log_median - log(1000)) > 1.96 * sqrt(got.variance);
        *inflation += got.inflation / runs;
    }
    return (double)missed / runs;
}

static void test_stats__log_median_is_honest_about_its_error(void **state)
{
    (void)state;
    struct sb_log_median got;
    sb_stats_log_median(&got, (const double[]){2, 3}, NULL, 2, false);
    assert_true(isinf(got.variance) && fabs(got.log_median - log(6) / 2) < 1e-15);
    sb_stats_log_median(&got, NULL, NULL, 0, false);
    assert_true(isnan(got.log_median));
    /* turns with one sample each, met while others ran, say little beside those with two hundred */
    static const double v[] = {100, 101, 900, 102, 5000, 103, 104, 7000, 800, 900},
                        w[] = {200, 210, 1, 190, 1, 205, 200, 1, 1, 1};
    sb_stats_log_median(&got, v, w, 10, false);
    assert_true(fabs(got.log_median - log(102)) < 1e-12 && got.variance < 0.0009);
    sb_stats_log_median(&got, v, NULL, 10, false);
    assert_true(got.log_median > log(200) && got.variance > 0.1);
    static const struct {
        size_t n;
        double rho, most;
    } cases[] = {{8, 0, 0.05},    {20, 0, 0.05},   {60, 0, 0.05},  {20, 0.3, 0.10},
                 {60, 0.3, 0.08}, {20, 0.5, 0.13}, {60, 0.5, 0.12}};
    seed = 2;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double inflation;
        const double rate = miss_rate(cases[i].n, cases[i].rho, &inflation);
        if (rate > cases[i].most) {
            fail_msg("n %zu, correlation %g: misses %.3f", cases[i].n, cases[i].rho, rate);
        }
        if (cases[i].n == 60) { /* Gaussian AR(1): the true ones are 1, 1.5 and 2.2 */
            assert_true(cases[i].rho == 0    ? inflation < 1.4
                        : cases[i].rho < 0.4 ? inflation > 1.4
                                             : inflation > 2);
        }
    }
}

/*
 * The worked example of the metric's authors (Pennycook, Sewall et al., P3 Analysis Library, tests/metrics/test_pp.py: an
 * application "latest", the best known one, and one that does not run on platform D), and by hand from the definition.
 */
static void test_stats__portability_is_the_harmonic_mean_or_nothing(void **state)
{
    (void)state;
    static const struct {
        double efficiency[6]; /* ends with −1 */
        double portability;
    } cases[] = {
        {{0, -1}, 0},
        {{1, 0, 1, -1}, 0},
        {{1, NAN, -1}, 0},
        {{1, 0.8, 0.5, 0, 0.2, -1}, 0},        /* "dummy" */
        {{1, 0.8, 0.5, 1, 0.2, -1}, 0.487805}, /* "latest": 5 / (1 + 1.25 + 2 + 1 + 5) = 20 / 41 */
        {{1, 1, 1, 1, 1, -1}, 1},              /* "best" */
        {{0.2, -1}, 0.2},
        {{0.5, 1, -1}, 2.0 / 3},
        {{0.25, 0.5, -1}, 1.0 / 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sb_portability p = {0};
        assert_true(isnan(sb_portability_value(&p)));
        int n = 0;
        for (; !(cases[i].efficiency[n] < 0); n++) {
            sb_portability_add(&p, cases[i].efficiency[n]);
        }
        assert_true(fabs(sb_portability_value(&p) - cases[i].portability) < 5e-7);
        sb_portability_add(&p, 0);
        assert_true(sb_portability_value(&p) == 0);
        sb_portability_remove(&p, 0);
        assert_true(fabs(sb_portability_value(&p) - cases[i].portability) < 5e-7);
        for (; n > 0; n--) {
            sb_portability_remove(&p, cases[i].efficiency[n - 1]);
        }
        assert_true(isnan(sb_portability_value(&p)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stats__median_equals_that_of_sorting),
        cmocka_unit_test(test_stats__ranks_are_those_of_the_binomial),
        cmocka_unit_test(test_stats__few_samples_say_what_they_allow),
        cmocka_unit_test(test_stats__interval_covers_as_often_as_it_says),
        cmocka_unit_test(test_stats__student_agrees_with_tables),
        cmocka_unit_test(test_stats__turn_medians_follow_the_turns),
        cmocka_unit_test(test_stats__log_median_is_honest_about_its_error),
        cmocka_unit_test(test_stats__portability_is_the_harmonic_mean_or_nothing),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
