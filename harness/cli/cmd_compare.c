/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/junit.h"
#include "harness/cli/shown.h"
#include "harness/cli/table.h"
#include "harness/util/text.h"
#include "results/compare/compare.h"
#include "results/metrics/metric.h"
#include "results/store/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct mine {
    double gate;
    double margin;
    char *metric;
};

struct input {
    struct sb_output output;
    struct mine mine;
};

#define NO_GATE "0" /* a gate of nothing would call every noise a regression, so 0 means none */

static const struct sb_option rows[] = {
    {.type = SB_OPTION_PERCENT,
     .flag = "gate",
     .letter = 'g',
     .env = "SWITCHBENCH_GATE",
     .value = "SHARE",
     .usual = NO_GATE,
     .least = 0,
     .most = 10,
     .help = "end with 3 where B is slower than A by more than this (0: no gate)",
     .offset = offsetof(struct mine, gate)},
    {.type = SB_OPTION_PERCENT,
     .flag = "margin",
     .value = "SHARE",
     .usual = "3%",
     .least = 0,
     .most = 1,
     .help = "'same' is an interval of the ratio within this",
     .offset = offsetof(struct mine, margin)},
    {.type = SB_OPTION_TEXT,
     .flag = "metric",
     .value = "NAME",
     .help = "compare what was counted (run --counters), not times: instructions, loads, …",
     .offset = offsetof(struct mine, metric)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"This command", rows, offsetof(struct input, mine)},
    {"Output", sb_output_junit_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

static const struct sb_column columns[] = {
    {"name", NULL, false},         {"kernel", "kernel", false}, {"case", "case", false},
    {"name_b", "against", false},  {"cell_a", NULL, false},     {"cell_b", NULL, false},
    {"median_a_ns", "A", true},    {"median_b_ns", "B", true},  {"ratio", "B/A", true},
    {"low", NULL, true},           {"high", NULL, true},        {"", "interval", false},
    {"outcome", "outcome", false}, {"regression", NULL, false}, {"turns_a", NULL, true},
    {"turns_b", NULL, true},       {"paired", NULL, false},     {"reason", "reason", false},
    {"note", "note", false},       {NULL, NULL, false},
};

/* The same for a metric: two values instead of two times. */
static const struct sb_column metric_columns[] = {
    {"name", NULL, false},         {"kernel", "kernel", false}, {"case", "case", false},
    {"name_b", "against", false},  {"cell_a", NULL, false},     {"cell_b", NULL, false},
    {"value_a", "A", true},        {"value_b", "B", true},      {"ratio", "B/A", true},
    {"low", NULL, true},           {"high", NULL, true},        {"", "interval", false},
    {"outcome", "outcome", false}, {"regression", NULL, false}, {"turns_a", NULL, true},
    {"turns_b", NULL, true},       {"paired", NULL, false},     {"reason", "reason", false},
    {"note", "note", false},       {NULL, NULL, false},
};

static void add_value(struct sb_table *table, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.10g", value);
    sb_table_number(table, value, isnan(value) ? "" : text);
}

static void add_time(struct sb_table *table, double time_ns)
{
    char text[32];
    sb_text_time(text, sizeof text, time_ns);
    sb_table_number(table, time_ns > 0 ? time_ns : NAN, text);
}

static void add_ratio(struct sb_table *table, const struct sb_ratio *ratio)
{
    char text[64];
    snprintf(text, sizeof text, "%.3f", ratio->ratio);
    sb_table_number(table, ratio->ratio, text);
    sb_table_number(table, ratio->low, NULL);
    sb_table_number(table, ratio->high, NULL);
    snprintf(text, sizeof text, "%.3f – %.3f", ratio->low, ratio->high);
    sb_table_text(table, isnan(ratio->low) || ratio->low == ratio->high ? "" : text);
}

static enum sb_colour colour_of(const struct sb_compare_row *row)
{
    switch (row->outcome) {
    case SB_OUTCOME_LESS:
    case SB_OUTCOME_MORE:
        return row->regression ? SB_RED : SB_PLAIN;
    case SB_OUTCOME_FASTER:
        return SB_GREEN;
    case SB_OUTCOME_SLOWER:
        return row->regression ? SB_RED : SB_YELLOW;
    case SB_OUTCOME_WRONG:
        return SB_RED;
    case SB_OUTCOME_SAME:
        return SB_PLAIN;
    default:
        return SB_GREY;
    }
}

static void add_row(struct sb_table *table, const struct sb_compare_row *row, const char *metric)
{
    char text[512];
    sb_table_text(table, row->name);
    snprintf(text, sizeof text, "%.*s", (int)strcspn(row->name, "/@ "), row->name);
    sb_table_text(table, text);
    const char *rest = row->name + strlen(text);
    sb_table_text(table, rest + (*rest == '/' || *rest == '@'));
    sb_table_text(table, row->name_b && strcmp(row->name, row->name_b) != 0 ? row->name_b : "");
    sb_table_text(table, row->cell_a);
    sb_table_text(table, row->cell_b);
    if (metric) {
        add_value(table, row->value_a);
        add_value(table, row->value_b);
    } else {
        add_time(table, row->median_a_ns);
        add_time(table, row->median_b_ns);
    }
    add_ratio(table, &row->ratio);
    snprintf(text, sizeof text, "%s%s", sb_outcome_text(row->outcome),
             row->regression ? " (beyond the gate)" : "");
    sb_table_coloured(table, colour_of(row), text);
    sb_table_bool(table, row->regression);
    sb_table_number(table, (double)row->ratio.turns_a, NULL);
    sb_table_number(table, (double)row->ratio.turns_b, NULL);
    sb_table_bool(table, row->ratio.paired);
    sb_table_text(table, row->reason);
    sb_table_text(table, row->note);
}

static int write_junit(const struct sb_comparison *comparison, const char *path,
                       struct sb_error *err)
{
    static const enum sb_junit_result results[SB_OUTCOMES] = {
        [SB_OUTCOME_WRONG] = SB_JUNIT_FAILURE,
        [SB_OUTCOME_INCONCLUSIVE] = SB_JUNIT_SKIPPED,
        [SB_OUTCOME_MISSING] = SB_JUNIT_SKIPPED,
    };
    struct sb_junit junit;
    const int rc = sb_junit_begin(&junit, err);
    if (rc) {
        return rc;
    }
    for (size_t i = 0; i < comparison->count; ++i) {
        const struct sb_compare_row *row = &comparison->row[i];
        char message[512];
        snprintf(message, sizeof message, "%s: ratio %.3f, interval %.3f to %.3f%s%s",
                 sb_outcome_text(row->outcome), row->ratio.ratio, row->ratio.low, row->ratio.high,
                 *row->reason ? ": " : "", row->reason);
        sb_junit_case(&junit, "compare", row->name, row->median_b_ns * 1e-9,
                      row->regression ? SB_JUNIT_FAILURE : results[row->outcome], message);
    }
    return sb_junit_end(&junit, "compare", path, err);
}

static void print_counts(const struct sb_comparison *comparison)
{
    const char *comma = "";
    putchar('\n');
    for (int i = 0; i < SB_OUTCOMES; ++i) {
        if (comparison->counts[i]) {
            printf("%s%d %s", comma, comparison->counts[i], sb_outcome_text((enum sb_outcome)i));
            comma = ", ";
        }
    }
    if (comparison->regressions) {
        printf("; %d beyond the gate", comparison->regressions);
    }
    puts(*comma ? "" : "nothing to compare");
}

static int print(const struct sb_comparison *comparison, const struct sb_output *output,
                 struct sb_error *err)
{
    if (output->json) {
        json_t *json = sb_compare_to_json(comparison);
        const int failed =
            json ? json_dumpf(json, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER) : -1;
        putchar('\n');
        json_decref(json);
        return failed ? sb_fail(err, SB_ENOMEM, "the comparison cannot be written as JSON") : SB_OK;
    }
    struct sb_table table;
    const char *metric = comparison->options.metric;
    sb_table_init(&table, metric ? metric_columns : columns);
    for (size_t i = 0; i < comparison->count; ++i) {
        add_row(&table, &comparison->row[i], metric);
    }
    const int rc = sb_table_print(&table, output, stdout, err);
    sb_table_free(&table);
    if (rc == SB_OK && !output->csv) {
        print_counts(comparison);
    }
    return rc;
}

static int compare(struct sb_store *store, struct sb_compare_side side[2], const struct input *in,
                   struct sb_error *err)
{
    struct sb_compare_options options;
    sb_compare_defaults(&options);
    options.gate = in->mine.gate > 0 ? in->mine.gate : -1;
    options.margin = in->mine.margin;
    options.metric = in->mine.metric;
    struct sb_comparison comparison = {0};
    int rc = !options.metric || sb_metric_find(options.metric, err) ? SB_OK : SB_ENOTFOUND;
    for (int i = 0; rc == SB_OK && i < 2; ++i) {
        rc = sb_store_index(&side[i].campaign, store, side[i].folder, err);
    }
    rc = rc ? rc : sb_compare_cells(&comparison, store, &side[0], &side[1], &options, err);
    if (*sb_store_warning(store)) {
        sb_say("%s", sb_store_warning(store));
    }
    if (rc) {
        return rc;
    }
    rc = print(&comparison, &in->output, err);
    if (rc == SB_OK && in->output.junit) {
        rc = write_junit(&comparison, in->output.junit, err);
    }
    rc = rc ? rc : sb_compare_exit(&comparison);
    sb_compare_free(&comparison);
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct input *in = input;
    struct sb_compare_side side[2] = {{.filters = 0}, {.filters = 0}};
    int rc = sb_output_check(&in->output, err);
    for (int i = 0; rc == SB_OK && i < 2; ++i) {
        rc = sb_compare_side_parse(&side[i], operands->item[i], err);
    }
    struct sb_store *store = NULL;
    rc = rc ? rc : sb_store_open(&store, NULL, err);
    rc = rc ? rc : compare(store, side, in, err);
    sb_store_close(store);
    return rc;
}

const struct sb_command sb_command_compare = {
    .name = "compare",
    .help = "is B faster or slower than A, cell by cell",
    .operands = "A B",
    .lesson =
        "A and B are campaign folders, or parts of one: "
        "FOLDER:backend=opencl,variant=portable. Cells that agree in\n"
        "everything else are compared by the ratio of their median times, with its interval "
        "at 99 %.\n"
        "\n"
        "faster, slower  the interval lies below, above 1\n"
        "same            it lies within the margin around 1\n"
        "inconclusive    neither: more repetitions or replicas (run --repeat) would tell\n"
        "wrong           a side did not pass its verification: its time says nothing\n"
        "\n"
        "With --metric NAME ('switchbench list metrics') what run --counters counted is "
        "compared, of emulated cells too:\n"
        "less, more or same; a change for the worse beyond the gate is a regression. Counts of "
        "unlike kinds are not compared.\n"
        "\n"
        "The note says where something else had the machine in more than a tenth of a side's "
        "turns; its samples count.\n"
        "\n"
        "Ends with 0; 1 a side is wrong; 3 slower beyond the gate; 5 inconclusive; 6 nothing "
        "to compare;\n"
        "4 or 7 B lost or failed what A measured.",
    .examples = "switchbench compare before after                     # two campaigns\n"
                "switchbench compare before after --gate 3%           # for CI: ends with 3 on a "
                "regression\n"
                "switchbench compare before after --metric instructions --gate 1%  # exact, on any "
                "CI runner\n"
                "switchbench compare now:backend=cpu now:backend=opencl      # two backends of one "
                "campaign\n"
                "switchbench compare now:variant=vendor now:variant=portable # portable code "
                "against the library",
    .options = uses,
    .operands_least = 2,
    .operands_most = 2,
    .room = sizeof(struct input),
    .run = run,
};
