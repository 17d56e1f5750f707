/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/counts_view.h"

#include "harness/cli/shown.h"
#include "harness/cli/table.h"
#include "harness/util/json.h"
#include "harness/util/text.h"
#include "results/bound/bound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int sb_counts_sheets(struct sb_sheet **out, int *count, const struct sb_strings *names,
                     struct sb_error *err)
{
    const int wanted = names && names->count ? names->count : sb_sheet_count();
    *count = 0;
    *out = calloc((size_t)wanted + 1, sizeof **out);
    if (!*out) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (int i = 0; i < wanted; ++i) {
        const char *name = names && names->count ? names->item[i] : sb_sheet_name(i);
        const int rc = sb_sheet_load(&(*out)[i], name, err);
        if (rc) {
            return rc;
        }
        ++*count;
    }
    return SB_OK;
}

void sb_counts_sheets_free(struct sb_sheet *sheets, int count)
{
    for (int i = 0; i < count; ++i) {
        sb_sheet_free(&sheets[i]);
    }
    free(sheets);
}

int sb_counts_bounds(json_t **out, const json_t *counts, const struct sb_counts_view *view,
                     struct sb_error *err)
{
    *out = json_array();
    for (int i = 0; i < view->sheets; ++i) {
        json_t *bounds = NULL;
        const int rc = sb_bounds_json(&bounds, counts, &view->sheet[i], err);
        if (rc) {
            json_decref(*out);
            *out = NULL;
            return rc;
        }
        json_array_append_new(*out, bounds);
    }
    return SB_OK;
}

static double total(const json_t *launch, const char *type)
{
    static const char *const kinds[] = {"add", "mul", "fma", "div", "sqrt", "special"};
    double sum = 0;
    for (int i = 0; i < 6; ++i) {
        char path[64];
        snprintf(path, sizeof path, "total.flop.%s.%s", type, kinds[i]);
        sum += sb_json_real_or(launch, path, 0) * (i == 2 ? 2 : 1);
    }
    return sum;
}

static void add_figure(struct sb_table *table, double value)
{
    char text[40] = "";
    if (value > 0) {
        sb_shown_number(text, sizeof text, value);
    }
    sb_table_number(table, value > 0 ? value : NAN, text);
}

/* Flop of all blocks, from those that were counted. */
static void add_flop(struct sb_table *table, double counted, double times)
{
    char number[40] = "";
    char text[48] = "";
    if (counted > 0) {
        sb_shown_number(number, sizeof number, counted * times);
        snprintf(text, sizeof text, "%s%s", times > 1 ? "≈" : "", number);
    }
    sb_table_number(table, counted > 0 ? counted * times : NAN, text);
}

static void add_bytes(struct sb_table *table, double bytes)
{
    char text[40] = "";
    sb_text_bytes(text, sizeof text, bytes);
    sb_table_number(table, bytes, text);
}

static void add_launch(struct sb_table *table, const json_t *launch, const json_t *bound)
{
    char text[64];
    const double launches = sb_json_real_or(launch, "launches", 1);
    const double blocks = sb_json_real_or(launch, "blocks", 1);
    const double counted = sb_json_real_or(launch, "counted_blocks", launches * blocks);
    sb_table_text(table, sb_json_text_or(launch, "function", ""));
    sb_table_number(table, launches, NULL);
    snprintf(text, sizeof text, "%g × %g", blocks, sb_json_real_or(launch, "threads", 1));
    sb_table_text(table, text);
    *text = '\0';
    if (counted < launches * blocks) {
        snprintf(text, sizeof text, "%.2g%%", 100 * counted / (launches * blocks));
    }
    sb_table_number(table, counted, text);
    add_figure(table, sb_json_real_or(launch, "cut", 0));
    add_bytes(table, sb_json_real_or(launch, "read_bytes", 0));
    add_bytes(table, sb_json_real_or(launch, "write_bytes", 0));
    const double times = counted > 0 ? launches * blocks / counted : 1;
    add_flop(table, total(launch, "fp64"), times);
    add_flop(table, total(launch, "fp32"), times);
    sb_text_time(text, sizeof text, sb_json_real_or(bound, "time_ns", 0));
    sb_table_number(table, sb_json_real_or(bound, "time_ns", 0), text);
    sb_table_text(table, sb_json_text_or(bound, "binds", ""));
}

static int print_launches(FILE *out, const json_t *counts, const json_t *bounds,
                          struct sb_error *err)
{
    char title[64];
    snprintf(title, sizeof title, "at least on %s", sb_json_text_or(bounds, "sheet", ""));
    const struct sb_column columns[] = {
        {"function", "launch", false},
        {"launches", "times", true},
        {"shape", "blocks × threads", true},
        {"counted_blocks", "counted", true},
        {"cut", "cut", true},
        {"read_bytes", "reads", true},
        {"write_bytes", "writes", true},
        {"fp64_flop", "fp64 flop", true},
        {"fp32_flop", "fp32 flop", true},
        {"bound_ns", title, true},
        {"binds", "bound by", false},
        {NULL, NULL, false},
    };
    struct sb_table table;
    sb_table_init(&table, columns);
    size_t i = 0;
    const json_t *launch = NULL;
    json_array_foreach (json_object_get(counts, "launches"), i, launch) {
        add_launch(&table, launch, json_array_get(json_object_get(bounds, "launches"), i));
    }
    const int rc = sb_table_print(&table, NULL, out, err);
    sb_table_free(&table);
    return rc;
}

static int print_bounds(FILE *out, const json_t *bounds, struct sb_error *err)
{
    struct sb_column columns[SB_LIMITS + 4] = {
        {"sheet", "device", false}, {"time_ns", "at least", true}, {"binds", "bound by", false}};
    for (int l = 0; l < SB_LIMITS; ++l) {
        columns[3 + l] = (struct sb_column){sb_limit_names[l], sb_limit_names[l], true};
    }
    struct sb_table table;
    sb_table_init(&table, columns);
    size_t i = 0;
    const json_t *bound = NULL;
    json_array_foreach (bounds, i, bound) {
        char text[40];
        sb_table_text(&table, sb_json_text_or(bound, "sheet", ""));
        sb_text_time(text, sizeof text, sb_json_real_or(bound, "time_ns", 0));
        sb_table_number(&table, sb_json_real_or(bound, "time_ns", 0), text);
        sb_table_text(&table, sb_json_text_or(bound, "binds", ""));
        for (int l = 0; l < SB_LIMITS; ++l) {
            const double time_ns =
                sb_json_real_or(json_object_get(bound, "limits"), sb_limit_names[l], NAN);
            *text = '\0';
            if (!isnan(time_ns)) {
                sb_text_time(text, sizeof text, time_ns);
            }
            sb_table_number(&table, time_ns, text);
        }
    }
    const int rc = sb_table_print(&table, NULL, out, err);
    sb_table_free(&table);
    return rc;
}

int sb_counts_print(FILE *out, const json_t *counts, const struct sb_counts_view *view,
                    struct sb_error *err)
{
    json_t *bounds = NULL;
    int rc = sb_counts_bounds(&bounds, counts, view, err);
    if (rc) {
        return rc;
    }
    fprintf(out, "warps of %g, sectors of %g bytes (%s)\n", view->sheet[0].figure[SB_FIGURE_WARP],
            view->sheet[0].figure[SB_FIGURE_SECTOR], view->sheet[0].name);
    rc = sb_counts_print_lines(out, counts, view, NULL, err);
    fputc('\n', out);
    rc = rc ? rc : print_launches(out, counts, json_array_get(bounds, 0), err);
    fputs("\nno run of this code can be faster (caches cold, but they hold everything):\n", out);
    rc = rc ? rc : print_bounds(out, bounds, err);
    json_decref(bounds);
    return rc;
}
