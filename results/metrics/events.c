/* SPDX-License-Identifier: Apache-2.0 */
/* Which events a metric needs: what is asked for by a metric's name is counted by its formula's events. */
#include "results/metrics/formula.h"
#include "results/metrics/table.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MOST 4

struct walk {
    const char *source, *machine;
    int (*each)(const char *event, void *payload);
    void *payload;
    struct sb_error *err;
    int depth;
};

static int walk_metric(const struct walk *walk, const char *name);

static int visit(enum sb_name_kind kind, const char *name, size_t length, void *payload)
{
    const struct walk *walk = payload;
    char text[160];
    snprintf(text, sizeof text, "%.*s", (int)length, name);
    return kind == SB_NAME_METRIC ? walk_metric(walk, text)
           : kind == SB_NAME_EVENT || kind == SB_NAME_IDLE || kind == SB_NAME_WALL
               ? walk->each(text, walk->payload)
               : 0;
}

static const struct sb_metric_row *find(const char *name)
{
    const struct sb_metrics *table = sb_metrics_table();
    for (int i = 0; i < table->count; ++i) {
        if (strcmp(table->row[i].metric.name, name) == 0) {
            return &table->row[i];
        }
    }
    return NULL;
}

static int walk_metric(const struct walk *walk, const char *name)
{
    const struct sb_metric_row *row = find(name);
    if (!row || walk->depth > DEPTH_MOST) {
        return sb_fail(walk->err, SB_ENOTFOUND, "no metric '%s'", name);
    }
    for (int i = 0; i < row->formulas; ++i) {
        const struct sb_formula *formula = &row->formula[i];
        if (formula->source && strcmp(formula->source, walk->source) == 0 &&
            (!formula->machine || fnmatch(formula->machine, walk->machine, 0) == 0)) {
            struct walk deeper = *walk;
            deeper.depth++;
            return sb_formula_names(formula->value, visit, &deeper, walk->err);
        }
    }
    return sb_fail(walk->err, SB_EABSENT, "%s: no formula over events of %s is known for %s", name,
                   walk->source, walk->machine);
}

int sb_metric_events(const char *name, const char *source, const char *machine,
                     int (*each)(const char *event, void *payload), void *payload,
                     struct sb_error *err)
{
    const struct walk walk = {
        .source = source, .machine = machine, .each = each, .payload = payload, .err = err};
    return walk_metric(&walk, name);
}
