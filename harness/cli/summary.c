/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/summary.h"

#include "harness/cli/counters_view.h"
#include "harness/cli/shown.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    {"attainable_fraction", "of roofline", true},
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
    const double fraction = sb_json_real_or(record, "attainable.fraction", NAN);
    snprintf(text, sizeof text, "%.3g%%", 100 * fraction);
    sb_table_number(table, fraction, text);
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

static void add_row(struct sb_table *out, const json_t *record)
{
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

/* What is kept of a record; the record itself is gone when the next one comes. */
static int keep(json_t *record, void *payload)
{
    struct sb_summary *summary = payload;
    const int cell = sb_folder_find(summary->folder, sb_json_text_or(record, "cell", ""));
    const char *reason = sb_json_text_or(record, "reason", "");
    add_row(&summary->table, record);
    sb_counters_gather(summary->missed, record);
    summary->wall_ns[cell] = sb_json_real_or(record, "wall_ns", 0);
    if (*reason && !summary->reason[cell]) {
        summary->reason[cell] = strdup(reason);
        return summary->reason[cell] ? 0 : SB_ENOMEM;
    }
    return 0;
}

int sb_summary_gather(struct sb_summary *out, const struct sb_folder *folder, struct sb_error *err)
{
    const size_t cells = (size_t)folder->plan.cell_count;
    *out = (struct sb_summary){.folder = folder};
    sb_table_init(&out->table, columns);
    out->wall_ns = calloc(cells + 1, sizeof *out->wall_ns);
    out->reason = calloc(cells + 1, sizeof *out->reason);
    out->missed = json_object();
    const int rc = out->wall_ns && out->reason && out->missed
                       ? sb_folder_records(folder, keep, out, err)
                       : SB_ENOMEM;
    if (rc) {
        sb_summary_free(out);
    }
    return rc == SB_ENOMEM ? sb_fail(err, rc, "out of memory") : rc;
}

void sb_summary_free(struct sb_summary *summary)
{
    for (int i = 0; summary->reason && i < summary->folder->plan.cell_count; ++i) {
        free(summary->reason[i]);
    }
    sb_table_free(&summary->table);
    free(summary->wall_ns);
    free(summary->reason);
    json_decref(summary->missed);
    *summary = (struct sb_summary){0};
}

int sb_summary_exit(const struct sb_folder *folder)
{
    const int rc = sb_states_exit(folder->counts);
    const bool unfinished = folder->ended < folder->plan.cell_count;
    return unfinished && (rc == SB_EXIT_PASSED || rc == SB_EXIT_NOTHING) ? SB_EXIT_INFRA : rc;
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
