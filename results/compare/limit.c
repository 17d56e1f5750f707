/* SPDX-License-Identifier: Apache-2.0 */
#include "results/compare/limit.h"

#include "results/stats/stats.h"

#include <math.h>
#include <stdlib.h>

#define TURNS_LEAST 3
#define STEPS 24 /* of bisection, on the logarithm: the answer is within 0.01 % of itself */
#define LEAST 1e-4
#define TOLD 0.5
/* All of these pairs, for nine in ten of others: few runs show less noise than there is (test_limit). */
#define FOUND 1.0

struct runs {
    struct sb_compare_run *run; /* those that have turns enough */
    size_t count;
    double *scaled; /* room for the turns of the longest, twice */
    const struct sb_compare_options *options;
};

/* Share of all ordered pairs in which the second, @p change slower, is said to be. @p alarm (NULL: no matter): faster counts too, and
 * it gets the greatest difference that was said, relative. SB_ENOMEM. */
static int share_found(double *out, const struct runs *all, double change, double *alarm)
{
    size_t found = 0, pairs = 0;
    for (size_t i = 0; i < all->count; i++) {
        struct sb_compare_run slower = all->run[i];
        double *median = all->scaled, *mean = all->scaled + slower.turns;
        for (size_t t = 0; t < slower.turns; t++) {
            median[t] = slower.turn_median_ns[t] * (1 + change);
            mean[t] = slower.turn_mean_ns ? slower.turn_mean_ns[t] * (1 + change) : 0;
        }
        slower.turn_median_ns = median;
        slower.turn_mean_ns = slower.turn_mean_ns ? mean : NULL;
        for (size_t j = 0; j < all->count; j++) {
            struct sb_ratio ratio;
            if (j == i) {
                continue;
            }
            if (sb_compare_ratio(&ratio, &all->run[j], 1, &slower, 1, false, all->options) != 0) {
                return SB_ENOMEM;
            }
            const enum sb_outcome outcome = sb_compare_decide(&ratio, all->options);
            const bool said =
                outcome == SB_OUTCOME_SLOWER || (alarm && outcome == SB_OUTCOME_FASTER);
            found += said;
            if (said && alarm) {
                *alarm = fmax(*alarm, exp(fabs(log(ratio.ratio))) - 1);
            }
            pairs++;
        }
    }
    *out = pairs ? (double)found / pairs : 0;
    return 0;
}

/* The least change that is found in more than @p share of the pairs. */
static int least_found(double *out, const struct runs *all, double share)
{
    double low = LEAST, high = SB_COMPARE_LIMIT_MOST, found = 0;
    int code = share_found(&found, all, high, NULL);
    *out = INFINITY;
    if (code != 0 || found < share) {
        return code;
    }
    for (int i = 0; code == 0 && i < STEPS; i++) {
        const double middle = sqrt(low * high);
        code = share_found(&found, all, middle, NULL);
        *(found >= share ? &high : &low) = middle;
    }
    *out = high;
    return code;
}

static double spread_within(const struct sb_compare_run *run, double *room)
{
    for (size_t t = 0; t < run->turns; t++) {
        room[t] = run->turn_median_ns[t];
    }
    const double middle = sb_stats_median(room, run->turns);
    for (size_t t = 0; t < run->turns; t++) {
        room[t] = fabs(run->turn_median_ns[t] / middle - 1);
    }
    return 1.4826 *
           sb_stats_median(
               room, run->turns); /* of a normal distribution it is the deviation (Hampel 1974) */
}

static int describe(struct sb_compare_limit *out, const struct runs *all)
{
    double *each = malloc(all->count * sizeof *each);
    double mean = 0, squares = 0;
    if (!each) {
        return SB_ENOMEM;
    }
    for (size_t i = 0; i < all->count; i++) {
        struct sb_log_median estimate;
        const struct sb_compare_run *run = &all->run[i];
        each[i] = spread_within(run, all->scaled);
        if (sb_stats_log_median(&estimate, run->turn_median_ns, run->turn_samples, run->turns,
                                false) != 0) {
            free(each);
            return SB_ENOMEM;
        }
        const double delta = estimate.log_median - mean; /* Welford */
        mean += delta / (double)(i + 1);
        squares += delta * (estimate.log_median - mean);
    }
    out->between = sqrt(squares / (double)(all->count - 1));
    out->within = sb_stats_median(each, all->count);
    free(each);
    return share_found(&out->alarms, all, 0, &out->alarm);
}

int sb_compare_limit(struct sb_compare_limit *out, const struct sb_compare_run *runs, size_t count,
                     const struct sb_compare_options *options)
{
    *out = (struct sb_compare_limit){
        .between = INFINITY, .within = INFINITY, .blind = INFINITY, .found = INFINITY};
    struct runs all = {.run = malloc((count + 1) * sizeof *all.run), .options = options};
    size_t longest = 0;
    for (size_t i = 0; all.run && i < count; i++) {
        if (runs[i].turns >= TURNS_LEAST) {
            all.run[all.count++] = runs[i];
            longest = runs[i].turns > longest ? runs[i].turns : longest;
        }
    }
    all.scaled = malloc((2 * longest + 1) * sizeof *all.scaled);
    int code = all.run && all.scaled ? 0 : SB_ENOMEM;
    if (code == 0 && all.count >= 3) {
        out->runs = all.count;
        code = describe(out, &all);
        code = code != 0 ? code : least_found(&out->blind, &all, TOLD);
        code = code != 0 ? code : least_found(&out->found, &all, FOUND);
        out->blind = fmax(out->blind, out->alarm); /* that much was said of the same program */
        out->found = fmax(out->found, out->blind);
    }
    free(all.run);
    free(all.scaled);
    return code;
}
