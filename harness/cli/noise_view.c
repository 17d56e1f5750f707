/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/noise_view.h"

#include "harness/cli/table.h"
#include "harness/util/json.h"
#include "harness/util/text.h"
#include "results/compare/compare.h"

#include <math.h>

static const struct sb_column core_columns[] = {
    {"cpu", "cpu", true},
    {"lost", "time lost", true},
    {"detours", "detours/s", true},
    {"longest", "longest", true},
    {"interrupts", "interrupts/s", true},
    {"timer", "its timer/s", true},
    {NULL, NULL, false},
};
static const struct sb_column case_columns[] = {
    {"case", "kernel", false},
    {"median", "median", true},
    {"runs", "runs", true},
    {"turns", "turn to turn", true},
    {"between", "run to run", true},
    {"disturbed", "disturbed", true},
    {"blind", "cannot tell below", true},
    {"found", "found from", true},
    {NULL, NULL, false},
};

static void put_share(struct sb_table *table, const json_t *from, const char *key,
                      const char *otherwise)
{
    char text[40];
    const json_t *value = json_object_get(from, key);
    if (!json_is_number(value)) {
        sb_table_text(table, otherwise);
        return;
    }
    const double percent = 100 * json_number_value(value);
    snprintf(text, sizeof text, percent < 10 ? "%.2f %%" : "%.0f %%", percent);
    sb_table_number(table, json_number_value(value), text);
}

static void put_count(struct sb_table *table, const json_t *from, const char *key)
{
    char text[40];
    const double value = sb_json_real_or(from, key, NAN);
    snprintf(text, sizeof text, "%.0f", value);
    sb_table_number(table, value, text);
}

static void put_time(struct sb_table *table, const json_t *from, const char *key)
{
    char text[40];
    const double value = sb_json_real_or(from, key, NAN);
    sb_text_time(text, sizeof text, value);
    sb_table_number(table, value, text);
}

static int print_cores(FILE *out, const json_t *noise, struct sb_error *err)
{
    struct sb_table table;
    size_t i = 0;
    const json_t *core = NULL;
    sb_table_init(&table, core_columns);
    json_array_foreach (json_object_get(noise, "cores"), i, core) {
        put_count(&table, core, "cpu");
        put_share(&table, core, "lost_share", "");
        put_count(&table, core, "detours_per_s");
        put_time(&table, core, "longest_ns");
        put_count(&table, core, "interrupts_per_s");
        put_count(&table, core, "timer_per_s");
    }
    const int rc = sb_table_print(&table, NULL, out, err);
    sb_table_free(&table);
    return rc;
}

static int print_cases(FILE *out, const json_t *cases, struct sb_error *err)
{
    struct sb_table table;
    size_t i = 0;
    const json_t *one = NULL;
    sb_table_init(&table, case_columns);
    json_array_foreach (cases, i, one) {
        sb_table_text(&table, sb_json_text_or(one, "case", ""));
        put_time(&table, one, "median_ns");
        put_count(&table, one, "runs");
        put_share(&table, one, "between_turns", "");
        put_share(&table, one, "between_runs", "");
        put_share(&table, one, "disturbed_share", "");
        put_share(&table, one, "cannot_tell_below", "nothing found");
        put_share(&table, one, "found_from", "nothing found");
    }
    const int rc = sb_table_print(&table, NULL, out, err);
    sb_table_free(&table);
    return rc;
}

/* The greatest of the cases'; INFINITY where one has none. */
static double worst(const json_t *cases, const char *key)
{
    double most = 0;
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach (cases, i, one) {
        most = fmax(most, sb_json_real_or(one, key, INFINITY));
    }
    return most;
}

void sb_noise_sentence(char *out, size_t room, const json_t *cases)
{
    const double blind = 100 * worst(cases, "cannot_tell_below");
    const double found = 100 * worst(cases, "found_from");
    const double between = 100 * worst(cases, "between_runs");
    int used = 0;
    if (isinf(blind)) {
        used = snprintf(out, room,
                        "no change can be told from noise here: something else has the machine");
    } else if (isinf(found)) {
        used = snprintf(
            out, room,
            "changes below %.1f %% cannot be told from noise here, and larger ones not reliably",
            blind);
    } else {
        used = snprintf(out, room,
                        "changes below %.1f %% cannot be told from noise here; from %.1f %% on, "
                        "nine in ten are found",
                        blind, found);
    }
    if (between > 200 * SB_COMPARE_BETWEEN && used > 0 && (size_t)used < room) {
        snprintf(out + used, room - (size_t)used,
                 ". Runs of one program differ by %.1f %% (%.1f %% is usual): compare with 'run "
                 "--repeat 3' or more",
                 between, 100 * SB_COMPARE_BETWEEN);
    }
}

static json_t *or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void print_json(FILE *out, const json_t *noise, json_t *cases, const char *sentence)
{
    json_t *all = json_deep_copy(noise);
    json_object_set(all, "kernels", cases);
    json_object_set_new(all, "cannot_tell_below", or_null(worst(cases, "cannot_tell_below")));
    json_object_set_new(all, "found_from", or_null(worst(cases, "found_from")));
    json_object_set_new(all, "sentence", json_string(sentence));
    json_dumpf(all, out, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    fputc('\n', out);
    json_decref(all);
}

int sb_noise_print(FILE *out, const json_t *noise, json_t *cases, const struct sb_output *output,
                   struct sb_error *err)
{
    char sentence[400];
    sb_noise_sentence(sentence, sizeof sentence, cases);
    if (output->csv) {
        return sb_fail(err, SB_EINVAL, "doctor --noise has two tables: --json instead of --csv");
    }
    if (output->json) {
        print_json(out, noise, cases, sentence);
        return 0;
    }
    fprintf(out, "Fixed work on every core, %g s:\n", sb_json_real_or(noise, "seconds", 0));
    int rc = print_cores(out, noise, err);
    const double steal = sb_json_real_or(noise, "steal_share", 0);
    if (steal > 0) {
        fprintf(out, "The hypervisor had %.2f %% of the time.\n", 100 * steal);
    }
    fputs("\nRuns of a kernel, each in a process of its own:\n", out);
    rc = rc ? rc : print_cases(out, cases, err);
    fprintf(out, "\nWith the default settings of 'run' and 'compare', %s.\n", sentence);
    return rc;
}
