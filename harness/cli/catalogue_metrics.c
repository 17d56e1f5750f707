/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of metrics and their formulas. */
#include "harness/cli/catalogue.h"
#include "results/metrics/table.h"

#include <stdio.h>
#include <string.h>

/* Each source once, in the order of the formulas. */
static void sources_of(char *out, size_t room, const struct sb_metric_row *row)
{
    size_t length = 0;
    out[0] = '\0';
    for (int i = 0; i < row->formulas && length < room; ++i) {
        const char *source = row->formula[i].source ? row->formula[i].source : "derived";
        if (!strstr(out, source)) {
            length +=
                (size_t)snprintf(out + length, room - length, "%s%s", length ? ", " : "", source);
        }
    }
}

static void add_metric(struct sb_table *table, const struct sb_metric_row *row)
{
    static const char *const better[] = {"-", "more", "less"};
    char sources[300];
    sources_of(sources, sizeof sources, row);
    sb_table_text(table, row->metric.name);
    sb_table_text(table, row->metric.unit);
    sb_table_text(table, better[row->metric.direction]);
    sb_table_text(table, row->per_architecture ? "one architecture" : "all");
    sb_table_text(table, sources);
    sb_table_text(table, row->metric.meaning);
}

static void add_formulas(struct sb_table *table, const struct sb_metric_row *row)
{
    for (int i = 0; i < row->formulas; ++i) {
        const struct sb_formula *formula = &row->formula[i];
        sb_table_text(table, row->metric.name);
        sb_table_text(table, formula->source ? formula->source : "derived");
        sb_table_text(table, formula->machine ? formula->machine : "*");
        sb_table_text(table, formula->tags);
        sb_table_text(table, formula->value);
        sb_table_text(table, formula->from);
    }
}

int sb_catalogue_metrics(struct sb_table *table, const struct sb_strings *names,
                         struct sb_error *err)
{
    static const struct sb_column metrics[] = {
        {"metric", "metric", false},   {"unit", "unit", false},    {"better", "better", false},
        {"within", "compares", false}, {"sources", "from", false}, {"meaning", "what it is", false},
        {NULL, NULL, false},
    };
    static const struct sb_column formulas[] = {
        {"metric", "metric", false}, {"source", "source", false}, {"machine", "machine", false},
        {"tags", "counts", false},   {"value", "formula", false}, {"from", "published by", false},
        {NULL, NULL, false},
    };
    const struct sb_metrics *all = sb_metrics_table();
    sb_table_init(table, names->count ? formulas : metrics);
    for (int i = 0; i < names->count; ++i) {
        if (!sb_metric_find(names->item[i], err)) {
            return SB_EINVAL;
        }
    }
    for (int i = 0; i < all->count; ++i) {
        const struct sb_metric_row *row = &all->row[i];
        if (names->count == 0) {
            add_metric(table, row);
        } else if (sb_strings_has(names, row->metric.name)) {
            add_formulas(table, row);
        }
    }
    return SB_OK;
}
