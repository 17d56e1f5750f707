/* SPDX-License-Identifier: Apache-2.0 */
/* The interval of the ratio of medians of one pair of cells, and what follows from it. Method: compare.h. */
#include "results/compare/compare.h"

#include "results/stats/stats.h"

#include <math.h>
#include <stdlib.h>

void sb_compare_defaults(struct sb_compare_options *options)
{
    *options = (struct sb_compare_options){.margin = SB_COMPARE_MARGIN,
                                           .gate = -1,
                                           .confidence = SB_COMPARE_CONFIDENCE,
                                           .between = SB_COMPARE_BETWEEN,
                                           .between_df = SB_COMPARE_BETWEEN_DF};
}

/* What the replicas of one side, or the paired differences of both, say together. */
struct side {
    size_t count;
    double mean;    /* of the replicas' log medians */
    double within;  /* mean variance of a replica's estimate */
    double squares; /* sum of squared deviations of the replicas from their mean */
    size_t turns;
};

static void side_add(struct side *side, const struct sb_log_median *estimate)
{
    side->count++;
    const double delta = estimate->log_median - side->mean; /* Welford */
    side->mean += delta / side->count;
    side->squares += delta * (estimate->log_median - side->mean);
    side->within += (estimate->variance - side->within) / side->count;
    side->turns += estimate->n;
}

static double samples_of(const struct sb_compare_run *run, size_t turn)
{
    return run->turn_samples ? run->turn_samples[turn] : 1;
}

static int side_of_runs(struct side *side, const struct sb_compare_run *runs, size_t count)
{
    for (size_t r = 0; r < count; r++) {
        struct sb_log_median estimate;
        if (sb_stats_log_median(&estimate, runs[r].turn_median_ns, runs[r].turn_samples,
                                runs[r].turns, false)) {
            return SB_ENOMEM;
        }
        side_add(side, &estimate);
    }
    return 0;
}

static int side_of_pairs(struct side *side, const struct sb_compare_run *a,
                         const struct sb_compare_run *b, size_t count)
{
    for (size_t r = 0; r < count; r++) {
        const size_t n = a[r].turns < b[r].turns ? a[r].turns : b[r].turns;
        double *difference = malloc(2 * (n ? n : 1) * sizeof *difference);
        if (!difference) {
            return SB_ENOMEM;
        }
        double *weight = difference + n;
        for (size_t i = 0; i < n; i++) {
            difference[i] = log(b[r].turn_median_ns[i]) - log(a[r].turn_median_ns[i]);
            weight[i] = fmin(samples_of(&a[r], i), samples_of(&b[r], i));
        }
        struct sb_log_median estimate;
        const int failed = sb_stats_log_median(&estimate, difference, weight, n, true);
        free(difference);
        if (failed) {
            return SB_ENOMEM;
        }
        side_add(side, &estimate);
    }
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/*
 * Variance of rounding to the clock's tick, tick²/12, relative. The tick shows as the smallest step between different
 * turn medians of either side: of two sides that hardly vary it is the difference itself, and so undecided; where
 * values are continuous it is next to nothing.
 */
static int tick_variance(double *out, const struct sb_compare_run *a, size_t count_a,
                         const struct sb_compare_run *b, size_t count_b)
{
    size_t n = 0;
    for (size_t r = 0; r < count_a + count_b; r++) {
        n += r < count_a ? a[r].turns : b[r - count_a].turns;
    }
    double *v = malloc((n ? n : 1) * sizeof *v);
    if (!v) {
        return SB_ENOMEM;
    }
    size_t at = 0;
    for (size_t r = 0; r < count_a + count_b; r++) {
        const struct sb_compare_run *run = r < count_a ? &a[r] : &b[r - count_a];
        for (size_t i = 0; i < run->turns; i++) {
            v[at++] = log(run->turn_median_ns[i]);
        }
    }
    qsort(v, n, sizeof *v, by_value);
    double step = INFINITY;
    for (size_t i = 1; i < n; i++) {
        if (v[i] - v[i - 1] > 1e-12) { /* beyond the rounding of log() */
            step = fmin(step, v[i] - v[i - 1]);
        }
    }
    *out = isinf(step) ? 0 : step * step / 12;
    free(v);
    return 0;
}

/* Share of the turns of @p runs, by their samples, that are as fast as @p log_level. */
static double share_reaching(const struct sb_compare_run *runs, size_t count, double log_level)
{
    double reaching = 0, total = 0;
    for (size_t r = 0; r < count; r++) {
        for (size_t i = 0; i < runs[r].turns; i++) {
            const double samples = samples_of(&runs[r], i);
            reaching += log(runs[r].turn_median_ns[i]) <= log_level ? samples : 0;
            total += samples;
        }
    }
    return total > 0 ? reaching / total : 0;
}

/* Share of the turns of @p runs whose mean shows that the machine was busy with something else. */
static double share_disturbed(const struct sb_compare_run *runs, size_t count, double log_median)
{
    const double most = SB_COMPARE_DISTURBED * exp(log_median);
    size_t disturbed = 0, turns = 0;
    for (size_t r = 0; r < count; r++) {
        for (size_t i = 0; runs[r].turn_mean_ns && i < runs[r].turns; i++) {
            disturbed += runs[r].turn_mean_ns[i] > most;
        }
        turns += runs[r].turns;
    }
    return turns ? (double)disturbed / turns : 0;
}

int sb_compare_ratio(struct sb_ratio *out, const struct sb_compare_run *a, size_t count_a,
                     const struct sb_compare_run *b, size_t count_b, bool paired,
                     const struct sb_compare_options *options)
{
    *out = (struct sb_ratio){.ratio = NAN, .low = NAN, .high = NAN};
    struct side left = {0}, right = {0}, pairs = {0};
    double tick = 0;
    if (side_of_runs(&left, a, count_a) || side_of_runs(&right, b, count_b) ||
        tick_variance(&tick, a, count_a, b, count_b)) {
        return SB_ENOMEM;
    }
    out->turns_a = left.turns;
    out->turns_b = right.turns;
    if (left.count == 0 || right.count == 0) {
        return 0;
    }
    out->paired = paired && count_a == count_b;
    if (out->paired && side_of_pairs(&pairs, a, b, count_a)) {
        return SB_ENOMEM;
    }
    /* Variance of one replica's estimate: expected of any machine, or what these replicas show where that is more. */
    const double expected_between = options->between * options->between + tick;
    double centre, variance, freedom;
    if (out->paired) {
        const double prior = pairs.within + 2 * expected_between;
        const double seen = count_a > 1 ? pairs.squares / (count_a - 1.0) : 0;
        freedom = seen > prior ? count_a - 1.0 : options->between_df;
        centre = pairs.mean;
        variance = fmax(prior, seen) / count_a;
    } else {
        const double share = 1.0 / count_a + 1.0 / count_b;
        const double prior = (left.within + expected_between) / count_a +
                             (right.within + expected_between) / count_b;
        const double more = count_a + count_b - 2.0;
        const double seen = more > 0 ? (left.squares + right.squares) / more * share : 0;
        freedom = seen > prior ? more : options->between_df;
        centre = right.mean - left.mean;
        variance = fmax(prior, seen);
        out->busy =
            fmax(share_disturbed(a, count_a, left.mean), share_disturbed(b, count_b, right.mean));
        const double quarter = fabs(centre) / 4;
        out->overlap = centre > 0 ? share_reaching(b, count_b, left.mean + quarter)
                                  : share_reaching(a, count_a, right.mean + quarter);
    }
    if (!isfinite(variance) || !isfinite(centre)) {
        return 0; /* too few turns */
    }
    const double t = -sb_stats_t_quantile((1 - options->confidence) / 2, freedom);
    out->ratio = exp(centre);
    out->low = exp(centre - t * sqrt(variance));
    out->high = exp(centre + t * sqrt(variance));
    return 0;
}

enum sb_outcome sb_compare_decide(const struct sb_ratio *ratio,
                                  const struct sb_compare_options *options)
{
    if (isnan(ratio->low) || isnan(ratio->high)) {
        return SB_OUTCOME_INCONCLUSIVE;
    }
    if (ratio->low >= 1 / (1 + options->margin) && ratio->high <= 1 + options->margin) {
        return SB_OUTCOME_SAME;
    }
    if (ratio->overlap > SB_COMPARE_OVERLAP || ratio->busy > SB_COMPARE_BUSY) {
        return SB_OUTCOME_INCONCLUSIVE;
    }
    return ratio->low > 1    ? SB_OUTCOME_SLOWER
           : ratio->high < 1 ? SB_OUTCOME_FASTER
                             : SB_OUTCOME_INCONCLUSIVE;
}

bool sb_compare_regressed(const struct sb_ratio *ratio, const struct sb_compare_options *options)
{
    return options->gate >= 0 && sb_compare_decide(ratio, options) == SB_OUTCOME_SLOWER &&
           ratio->ratio > 1 + options->gate;
}
