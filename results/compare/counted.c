/* SPDX-License-Identifier: Apache-2.0 */
#include "results/compare/counted.h"

#include "harness/util/json.h"
#include "results/metrics/metric.h"

#include <math.h>
#include <stdio.h>

/* The values of a side's replicas; *entry is the first one's. */
struct side {
    json_t *entry;
    double sum, least, most;
    size_t count;
};

static void read_side(struct side *out, const struct sb_compare_cell *cell, size_t count,
                      const char *metric)
{
    *out = (struct side){.least = INFINITY, .most = -INFINITY};
    for (size_t i = 0; i < count; ++i) {
        json_t *metrics = cell[i].metrics[0] ? json_loads(cell[i].metrics, 0, NULL) : NULL;
        json_t *entry = json_object_get(metrics, metric);
        const double value = sb_json_real_or(entry, "value", NAN);
        if (!isnan(value)) {
            out->sum += value;
            out->least = fmin(out->least, value);
            out->most = fmax(out->most, value);
            out->count++;
            out->entry = out->entry ? out->entry : json_incref(entry);
        }
        json_decref(metrics);
    }
}

static bool can_compare(char *reason, size_t room, const struct side *a, const struct side *b,
                        const char *metric)
{
    if (a->count == 0 || b->count == 0) {
        snprintf(reason, room, "%s has no %s: it was run without --counters that give it",
                 a->count == 0 ? "A" : "B", metric);
        return false;
    }
    return sb_metrics_comparable(reason, room, a->entry, b->entry);
}

/* B over A, or A over B of a metric whose more is better: above 1 is worse. */
static double worsening(double ratio, const char *metric)
{
    const struct sb_metric *known = sb_metric_find(metric, NULL);
    return known && known->direction == SB_MORE_IS_BETTER ? 1 / ratio : ratio;
}

static double over(double value, double by)
{
    return value == by ? 1 : value / by; /* none and none is the same */
}

void sb_compare_counted(struct sb_compare_row *row, char *reason, size_t room,
                        const struct sb_compare_cell *a, size_t count_a,
                        const struct sb_compare_cell *b, size_t count_b,
                        const struct sb_compare_options *options)
{
    struct side left;
    struct side right;
    read_side(&left, a, count_a, options->metric);
    read_side(&right, b, count_b, options->metric);
    row->outcome = SB_OUTCOME_MISSING;
    if (can_compare(reason, room, &left, &right, options->metric)) {
        row->value_a = left.sum / (double)left.count;
        row->value_b = right.sum / (double)right.count;
        row->ratio.ratio = over(row->value_b, row->value_a);
        row->ratio.low = over(right.least, left.most);
        row->ratio.high = over(right.most, left.least);
        const double most = 1 + options->margin;
        row->outcome = row->ratio.low > most        ? SB_OUTCOME_MORE
                       : row->ratio.high < 1 / most ? SB_OUTCOME_LESS
                                                    : SB_OUTCOME_SAME;
        row->regression =
            options->gate >= 0 && worsening(row->ratio.ratio, options->metric) > 1 + options->gate;
    }
    json_decref(left.entry);
    json_decref(right.entry);
}
