/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/summary.h"

#include "harness/cli/junit.h"
#include "harness/cli/shown.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SB_SUMMARY_SCHEMA 1

static const struct sb_column columns[] = {
    {"cell", NULL, false},
    {"name", NULL, false},
    {"kernel", "kernel", false},
    {"case", "case", false},
    {"preset", NULL, false},
    {"backend", "backend", false},
    {"variant", "variant", false},
    {"state", "state", false},
    {"median_ns", "median", true},
    {"low_ns", NULL, true},
    {"high_ns", NULL, true},
    {"", "±", true},
    {"samples", "samples", true},
    {"flop_per_s", "GFLOP/s", true},
    {"bytes_per_s", "GB/s", true},
    {"items_per_s", NULL, true},
    {"", "worst error", false},
    {"worst_ulp", NULL, true},
    {"worst_share_of_bound", NULL, true},
    {"emulated", "emulated by", false},
    {"reason", "reason", false},
    {NULL, NULL, false},
};

static void add_times(struct sb_table *table, const json_t *record)
{
    char text[64];
    const double median = sb_json_real_or(record, "timing.median_ns", NAN);
    const double low = sb_json_real_or(record, "timing.low_ns", NAN);
    const double high = sb_json_real_or(record, "timing.high_ns", NAN);
    sb_text_time(text, sizeof text, median);
    sb_table_number(table, median, text);
    sb_table_number(table, low, NULL);
    sb_table_number(table, high, NULL);
    if (isnan(median) || isnan(low) || isnan(high)) {
        sb_table_none(table);
    } else {
        snprintf(text, sizeof text, "%.2g%%", 50 * (high - low) / median);
        sb_table_text(table, text);
    }
    const json_t *samples = sb_json_at(record, "timing.samples_ns");
    sb_table_number(table, json_is_array(samples) ? (double)json_array_size(samples) : NAN, NULL);
}

static void add_rates(struct sb_table *table, const json_t *record)
{
    char text[64];
    static const char *const paths[] = {"derived.flop_per_s", "derived.bytes_per_s"};
    for (int i = 0; i < 2; ++i) {
        const double rate = sb_json_real_or(record, paths[i], NAN);
        sb_shown_giga(text, sizeof text, rate);
        sb_table_number(table, rate, text);
    }
    sb_table_number(table, sb_json_real_or(record, "derived.items_per_s", NAN), NULL);
}

static void add_verdict(struct sb_table *table, const json_t *record)
{
    char text[96];
    const struct sb_worst worst = sb_shown_worst(record);
    sb_shown_error(text, sizeof text, &worst);
    sb_table_coloured(table, worst.share > 1 ? SB_RED : SB_PLAIN, text);
    sb_table_number(table, worst.check ? worst.ulp : NAN, NULL);
    sb_table_number(table, worst.check ? worst.share : NAN, NULL);
}

void sb_summary_table(struct sb_table *out, const json_t *records)
{
    sb_table_init(out, columns);
    size_t i = 0;
    const json_t *record = NULL;
    json_array_foreach (records, i, record) {
        char text[512];
        const char *name = sb_json_text_or(record, "name", "");
        sb_table_text(out, sb_json_text_or(record, "cell", ""));
        sb_table_text(out, name);
        sb_table_text(out, sb_json_text_or(record, "kernel", ""));
        sb_shown_case(text, sizeof text, name);
        sb_table_text(out, text);
        sb_table_text(out, sb_json_text_or(record, "preset", ""));
        sb_table_text(out, sb_json_text_or(record, "backend", ""));
        sb_table_text(out, sb_json_text_or(record, "variant", ""));
        sb_table_state(out, sb_state_parse(sb_json_text_or(record, "state", "")), "unknown");
        add_times(out, record);
        add_rates(out, record);
        add_verdict(out, record);
        sb_table_text(out, sb_json_text_or(record, "emulated", ""));
        /* a compiler's message has many lines; the table shows the first, 'show' all of them */
        const char *reason = sb_json_text_or(record, "reason", "");
        snprintf(text, sizeof text, "%.*s", (int)strcspn(reason, "\n"), reason);
        sb_table_text(out, text);
    }
}

int sb_summary_exit(const struct sb_folder *folder)
{
    const int rc = sb_states_exit(folder->counts);
    const bool unfinished = folder->ended < folder->plan.cell_count;
    return unfinished && (rc == SB_EXIT_PASSED || rc == SB_EXIT_NOTHING) ? SB_EXIT_INFRA : rc;
}

/* The rows as JSON: printed by the table, so that there is one definition of them, and read back. */
static json_t *rows_json(const json_t *records)
{
    struct sb_table table;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) {
        return NULL;
    }
    sb_summary_table(&table, records);
    const int rc = sb_table_print(&table, &(struct sb_output){.json = true}, out, NULL);
    sb_table_free(&table);
    json_t *rows = fclose(out) == 0 && rc == SB_OK ? json_loadb(text, length, 0, NULL) : NULL;
    free(text);
    return rows;
}

json_t *sb_summary_json(const struct sb_folder *folder, const json_t *records)
{
    json_t *counts = json_object();
    for (int state = 0; state < SB_STATES; ++state) {
        json_object_set_new(counts, sb_state_text(state), json_integer(folder->counts[state]));
    }
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:i, s:o}", "schema_version",
                     SB_SUMMARY_SCHEMA, "campaign", folder->plan.id, "name", folder->plan.name,
                     "folder", folder->path, "created", folder->plan.created, "planned",
                     folder->plan.cell_count, "ended", folder->ended, "counts", counts, "exit_code",
                     sb_summary_exit(folder), "cells", rows_json(records));
}

/* {cell: record}, so that many cells are found at once. */
static json_t *index_records(const json_t *records)
{
    json_t *index = json_object();
    size_t i = 0;
    json_t *record = NULL;
    json_array_foreach (records, i, record) {
        json_object_set(index, sb_json_text_or(record, "cell", ""), record);
    }
    return index;
}

int sb_summary_junit(const struct sb_folder *folder, const json_t *records, const char *path,
                     struct sb_error *err)
{
    static const enum sb_junit_result results[SB_STATES + 1] = {
        [SB_STATE_PASSED] = SB_JUNIT_PASSED,       [SB_STATE_WRONG] = SB_JUNIT_FAILURE,
        [SB_STATE_FAILED] = SB_JUNIT_ERROR,        [SB_STATE_LOST] = SB_JUNIT_ERROR,
        [SB_STATE_UNSUPPORTED] = SB_JUNIT_SKIPPED, [SB_STATES] = SB_JUNIT_ERROR,
    };
    struct sb_junit junit;
    const int rc = sb_junit_begin(&junit, err);
    if (rc) {
        return rc;
    }
    json_t *index = index_records(records);
    for (int i = 0; i < folder->plan.cell_count; ++i) {
        const struct sb_cell *cell = &folder->plan.cell[i];
        const json_t *record = json_object_get(index, cell->id);
        char group[128];
        char name[512];
        snprintf(group, sizeof group, "%s.%s", cell->c.kernel->name, cell->backend);
        sb_cell_name(name, sizeof name, cell);
        sb_junit_case(&junit, group, name, sb_json_real_or(record, "wall_ns", 0) * 1e-9,
                      results[folder->state[i]],
                      folder->state[i] == SB_STATES ? "the cell has not ended"
                                                    : sb_json_text_or(record, "reason", ""));
    }
    json_decref(index);
    return sb_junit_end(&junit, folder->plan.id, path, err);
}

void sb_summary_line(char *out, size_t room, const struct sb_folder *folder)
{
    size_t used = (size_t)snprintf(out, room, "%d cell%s", folder->plan.cell_count,
                                   folder->plan.cell_count == 1 ? "" : "s");
    const char *comma = ": ";
    for (int state = 0; state <= SB_STATES && used < room; ++state) {
        const int count =
            state < SB_STATES ? folder->counts[state] : folder->plan.cell_count - folder->ended;
        if (count > 0) {
            used += (size_t)snprintf(out + used, room - used, "%s%d %s", comma, count,
                                     state < SB_STATES ? sb_state_text(state) : "not ended");
            comma = ", ";
        }
    }
}
