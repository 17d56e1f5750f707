/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/view.h"

#include "harness/record.h"
#include "harness/util/json.h"
#include "harness/util/text.h"
#include "results/stats/portability.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTENTION_MOST 50

static const char *const meanings[SB_STATES] = {
    [SB_STATE_PASSED] = "ran, and every check held",
    [SB_STATE_WRONG] = "ran, but a result is not right",
    [SB_STATE_FAILED] = "did not compile, crashed, or ran out of time",
    [SB_STATE_UNSUPPORTED] = "cannot run here, for the reason given",
    [SB_STATE_LOST] = "its job ended without an answer",
};

void sb_view_number(char *out, size_t room, double value)
{
    const double size = fabs(value);
    if (isnan(value)) {
        snprintf(out, room, "%s", "");
    } else if (size == 0) {
        snprintf(out, room, "0");
    } else if (size < 1e-4 || size >= 1e6) {
        snprintf(out, room, "%.2e", value);
    } else {
        snprintf(out, room, "%.2e",
                 value); /* its exponent is that of the rounded value: 9.996 is 10.0 */
        const int decimals = 2 - (int)strtol(strchr(out, 'e') + 1, NULL, 10);
        snprintf(out, room, "%.*f", decimals > 0 ? decimals : 0, value);
    }
}

static void put_text(json_t *row, const char *key, const char *text)
{
    json_object_set_new(row, key, json_string(text));
}

static void copy_text(json_t *row, const char *key, const json_t *from)
{
    put_text(row, key, sb_json_text_or(from, key, ""));
}

static void put_number(json_t *row, const char *key, double value)
{
    char text[32];
    sb_view_number(text, sizeof text, value);
    put_text(row, key, text);
}

static json_t *put_array(json_t *view, const char *key)
{
    json_t *const array = json_array();
    json_object_set_new(view, key, array);
    return array;
}

/** "triad@small n=5" of the cell "stream/triad@small portable cpu n=5": the name without what has columns of its own. */
static void put_case(json_t *out, const json_t *cell)
{
    char columns[256], text[1024];
    const char *const kernel = sb_json_text_or(cell, "kernel", "");
    const char *name = sb_json_text_or(cell, "name", "");
    name += strncmp(name, kernel, strlen(kernel)) == 0 ? strlen(kernel) : 0;
    name += *name == '/' || *name == '@';
    snprintf(columns, sizeof columns, " %s %s", sb_json_text_or(cell, "variant", ""),
             sb_json_text_or(cell, "backend", ""));
    const char *const at = strstr(name, columns);
    snprintf(text, sizeof text, "%.*s%s", (int)(at ? (size_t)(at - name) : strlen(name)), name,
             at ? at + strlen(columns) : "");
    put_text(out, "case", text);
}

static json_t *view_cell(const json_t *cell)
{
    static const char *const copied[] = {"cell",    "state",     "kernel", "variant",
                                         "backend", "precision", "reason", "name"};
    json_t *const out = json_object();
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        copy_text(out, copied[i], cell);
    }
    put_case(out, cell);
    const double median = sb_json_real_or(cell, "median_ns", NAN);
    const double half =
        (sb_json_real_or(cell, "high_ns", NAN) - sb_json_real_or(cell, "low_ns", NAN)) / 2;
    put_number(out, "median", median / 1e6);
    put_number(out, "interval", 100 * half / median);
    put_number(out, "gflops", sb_json_real_or(cell, "flop_per_s", NAN) / 1e9);
    put_number(out, "gbytes", sb_json_real_or(cell, "bytes_per_s", NAN) / 1e9);
    put_number(out, "attainable", 100 * sb_json_real_or(cell, "attainable_fraction", NAN));
    copy_text(out, "attainable_binds", cell);
    put_text(
        out, "attainable_note",
        sb_json_text_or(cell, "attainable_note", sb_json_text_or(cell, "attainable_reason", "")));
    const int64_t samples = sb_json_integer_or(cell, "samples", 0);
    json_object_set_new(out, "samples", samples ? json_integer(samples) : json_string(""));
    const double watched = sb_json_real_or(cell, "watched_turns", 0);
    put_number(out, "disturbed",
               watched > 0 ? 100 * sb_json_real_or(cell, "disturbed_turns", 0) / watched : NAN);
    copy_text(out, "disturbed_by", cell);
    put_text(out, "ended", samples ? sb_json_text_or(cell, "ended", "") : "");
    const char *const emulated = sb_json_text_or(cell, "emulated", NULL);
    if (emulated && !*sb_json_text_or(cell, "reason", "")) {
        char text[160];
        snprintf(text, sizeof text, "ran on %s: verified, and never timed", emulated);
        put_text(out, "reason", text);
    }
    json_object_set_new(out, "checks", json_string(""));
    return out;
}

static void put_value(json_t *out, const char *key, const json_t *value, int digits)
{
    char text[64] = "";
    if (json_is_string(value)) { /* "nan", "inf" */
        snprintf(text, sizeof text, "%s", json_string_value(value));
    } else if (json_is_number(value)) {
        snprintf(text, sizeof text, "%.*g", digits, json_number_value(value));
    }
    put_text(out, key, text);
}

/** Got and expected with as many digits as tell them apart, and two more to see by how much. */
static void put_values(json_t *out, const json_t *check)
{
    const json_t *const got = json_object_get(check, "got"), *const expected =
                                                                 json_object_get(check, "expected");
    int digits = 6;
    char a[64], b[64];
    if (json_is_number(got) && json_is_number(expected)) {
        do {
            snprintf(a, sizeof a, "%.*g", digits - 2, json_number_value(got));
            snprintf(b, sizeof b, "%.*g", digits - 2, json_number_value(expected));
        } while (json_number_value(got) != json_number_value(expected) && strcmp(a, b) == 0 &&
                 ++digits < 17);
    }
    put_value(out, "got", got, digits);
    put_value(out, "expected", expected, digits);
}

static json_t *view_check(const json_t *check)
{
    static const char *const copied[] = {"cell", "name", "what", "source"};
    json_t *const out = json_object();
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        copy_text(out, copied[i], check);
    }
    const int64_t failed = sb_json_integer_or(check, "failed", 0);
    put_text(out, "result", failed ? "wrong" : "passed");
    json_object_set_new(out, "failed", json_integer(failed));
    const int64_t count = sb_json_integer_or(check, "count", 0);
    json_object_set_new(out, "count", count ? json_integer(count) : json_string(""));
    const int64_t index = sb_json_integer_or(check, "worst_index", -1);
    json_object_set_new(out, "index", index >= 0 ? json_integer(index) : json_string(""));
    put_values(out, check);
    put_number(out, "bound", sb_json_real_or(check, "bound", NAN));
    put_number(out, "ulp", sb_json_real_or(check, "ulp", NAN));
    const double got = sb_json_real_or(check, "got", NAN),
                 expected = sb_json_real_or(check, "expected", NAN);
    const double bound = sb_json_real_or(check, "bound", NAN), error = fabs(got - expected);
    put_number(out, "used", error == 0 ? 0 : bound > 0 ? error / bound : NAN);
    const char *const no_number = sb_json_text_or(check, "got", "");
    if (*no_number) {
        put_text(out, "used", no_number);
    }
    return out;
}

/** The different values of @p key in the order of the rows. */
static void view_choices(json_t *view, const char *name, const char *key, const json_t *cells)
{
    json_t *const out = put_array(view, name), *const seen = json_object();
    size_t i;
    const json_t *cell;
    json_array_foreach (cells, i, cell) {
        const char *const text = sb_json_text_or(cell, key, "");
        if (*text && !json_object_get(seen, text)) {
            json_object_set_new(seen, text, json_true());
            json_array_append_new(out, json_string(text));
        }
    }
    json_decref(seen);
}

/** The cells that did not pass, the most serious states first, as many as one looks at. */
static void view_attention(json_t *view, const json_t *cells)
{
    static const enum sb_state order[] = {SB_STATE_WRONG, SB_STATE_FAILED, SB_STATE_LOST,
                                          SB_STATE_UNSUPPORTED};
    json_t *const attention = put_array(view, "attention");
    size_t troubled = 0, i;
    const json_t *cell;
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        json_array_foreach (cells, i, cell) {
            if (sb_state_parse(sb_json_text_or(cell, "state", "")) == order[k] &&
                ++troubled <= ATTENTION_MOST) {
                json_array_append_new(attention, view_cell(cell));
            }
        }
    }
    char text[64] = "";
    if (troubled > ATTENTION_MOST) {
        snprintf(text, sizeof text, "%zu more stand in the table of cells.",
                 troubled - ATTENTION_MOST);
    }
    put_text(view, "attention_more", text);
    json_object_set_new(view, "has_attention", json_boolean(troubled));
}

/** What stands on the page of a campaign that is too large for one; "" where all does. */
static void view_shown(json_t *view, const struct sb_view_rows *rows)
{
    const json_t *const campaign = json_array_get(rows->campaign, 0);
    const size_t shown = json_array_size(rows->cells);
    const int64_t cells = sb_json_integer_or(campaign, "cells", 0);
    const int64_t troubled = cells - sb_json_integer_or(campaign, "passed", 0);
    char text[256] = "";
    if (cells > (int64_t)shown) {
        snprintf(
            text, sizeof text,
            "Tables and plots show %zu of the %lld cells: %s. All of them are in summary.json.",
            shown, (long long)cells,
            troubled > (int64_t)shown
                ? "of those that did not pass the most serious ones"
                : "all that did not pass, and evenly spaced ones of the others");
    }
    put_text(view, "shown_of", text);
    json_object_set_new(view, "cell_count", json_integer((json_int_t)shown));
}

static void view_states(json_t *view, const json_t *campaign)
{
    const int64_t total = sb_json_integer_or(campaign, "cells", 0);
    const int64_t passed = sb_json_integer_or(campaign, "passed", 0);
    char text[256];
    int used = total == 0 ? snprintf(text, sizeof text, "No cell has ended yet")
               : passed == total
                   ? snprintf(text, sizeof text, "All %lld cells passed: every result was verified",
                              (long long)total)
                   : snprintf(text, sizeof text, "%lld cells", (long long)total);
    const int head = used;
    json_t *const states = put_array(view, "states");
    for (int s = 0; s < SB_STATES; s++) {
        const char *const name = sb_state_text((enum sb_state)s);
        const int64_t count = sb_json_integer_or(campaign, name, 0);
        if (!count && s != SB_STATE_PASSED) {
            continue;
        }
        json_array_append_new(states, json_pack("{s:s,s:I,s:s}", "state", name, "count",
                                                (json_int_t)count, "meaning", meanings[s]));
        if (passed != total) {
            used += snprintf(text + used, sizeof text - (size_t)used, "%s %lld %s",
                             used == head ? ":" : ",", (long long)count, name);
        }
    }
    snprintf(text + used, sizeof text - (size_t)used, ".");
    put_text(view, "sentence", text);
}

static void add_brief(json_t *brief, const char *name, const char *text)
{
    if (*text) {
        json_array_append_new(brief, json_pack("{s:s,s:s}", "name", name, "value", text));
    }
}

/** "2026-11-21T10:51:00Z" as "2026-11-21 10:51:00 UTC". */
static void add_time(json_t *brief, const char *name, const char *text)
{
    char shown[64];
    const bool is_utc = strlen(text) == 20 && text[10] == 'T' && text[19] == 'Z';
    snprintf(shown, sizeof shown, is_utc ? "%.10s %.8s UTC" : "%.30s%s", text,
             is_utc ? text + 11 : "");
    add_brief(brief, name, shown);
}

static void join(char *out, size_t room, const json_t *texts)
{
    size_t used = 0, i;
    const json_t *text;
    *out = 0;
    json_array_foreach (texts, i, text) {
        const int n =
            snprintf(out + used, room - used, "%s%s", i ? ", " : "", json_string_value(text));
        used = n < 0 || used + (size_t)n >= room ? room - 1 : used + (size_t)n;
    }
}

static void view_brief(json_t *view, const struct sb_view_rows *rows)
{
    char text[1024];
    json_t *const brief = put_array(view, "brief");
    const json_t *const campaign = json_array_get(rows->campaign, 0);
    const json_t *const node = json_array_get(rows->nodes, 0);
    add_time(brief, "Started", sb_json_text_or(campaign, "started", ""));
    add_time(brief, "Ended", sb_json_text_or(campaign, "ended", ""));
    join(text, sizeof text, json_object_get(view, "filter_kernels"));
    add_brief(brief, "Kernels", text);
    join(text, sizeof text, json_object_get(view, "filter_backends"));
    add_brief(brief, "Backends", text);
    add_brief(brief, "Processor", sb_json_text_or(node, "cpu_model", ""));
    const int64_t cores = sb_json_integer_or(node, "cores_allowed", 0);
    snprintf(text, sizeof text, "%lld of %lld", (long long)cores,
             (long long)sb_json_integer_or(node, "cores", cores));
    add_brief(brief, "Cores used", cores ? text : "");
    const double memory = sb_json_real_or(node, "memory_allowed_bytes", 0);
    sb_text_bytes(text, sizeof text, memory);
    add_brief(brief, "Memory allowed", memory > 0 ? text : "");
    add_brief(brief, "System", sb_json_text_or(node, "os", ""));
    snprintf(text, sizeof text, "%zu, this is the first", json_array_size(rows->nodes));
    add_brief(brief, "Nodes", json_array_size(rows->nodes) > 1 ? text : "");
}

/** Cells say how many checks they passed: "3 of 3". */
static void count_checks(json_t *cells, const json_t *checks)
{
    json_t *const counts = json_object();
    size_t i;
    json_t *row;
    json_array_foreach (checks, i, row) {
        const char *const cell = sb_json_text_or(row, "cell", "");
        const json_t *const have = json_object_get(counts, cell);
        const bool held = sb_json_integer_or(row, "failed", 0) == 0;
        json_object_set_new(counts, cell,
                            json_pack("[I,I]", json_integer_value(json_array_get(have, 0)) + held,
                                      json_integer_value(json_array_get(have, 1)) + 1));
    }
    json_array_foreach (cells, i, row) {
        const json_t *const have = json_object_get(counts, sb_json_text_or(row, "cell", ""));
        if (have) {
            json_object_set_new(
                row, "checks",
                json_sprintf("%lld of %lld", (long long)json_integer_value(json_array_get(have, 0)),
                             (long long)json_integer_value(json_array_get(have, 1))));
        }
    }
    json_decref(counts);
}

/** How near all cells are to what is attainable; where none can tell, why, and what to do. */
static void brief_attainable(json_t *brief, const json_t *cells)
{
    struct sb_portability mean = {0};
    char text[512] = "";
    const char *reason = "";
    long above = 0;
    size_t i;
    const json_t *cell;
    json_array_foreach (cells, i, cell) {
        const double fraction = sb_json_real_or(cell, "attainable_fraction", NAN);
        if (fraction > 0) {
            sb_portability_add(&mean, fraction);
            above += fraction > 1;
        }
        reason = sb_json_text_or(cell, "attainable_reason", reason);
    }
    if (mean.platforms > 0) {
        const int used = snprintf(text, sizeof text, "%.3g %% by %ld cell%s (harmonic mean)",
                                  100 * sb_portability_value(&mean), mean.platforms,
                                  mean.platforms == 1 ? "" : "s");
        snprintf(text + used, sizeof text - (size_t)used,
                 above ? "; %ld above the bound: a count or a peak is wrong" : "", above);
    }
    add_brief(brief, "Of attainable", mean.platforms > 0 ? text : reason);
}

int sb_view_fill(json_t *view, const struct sb_view_rows *rows, struct sb_error *err)
{
    const json_t *const campaign = json_array_get(rows->campaign, 0);
    put_text(view, "title",
             sb_json_text_or(campaign, "id", sb_json_text_or(campaign, "name", "campaign")));
    view_states(view, campaign);
    view_shown(view, rows);
    view_attention(view, rows->cells);
    view_choices(view, "filter_states", "state", rows->cells);
    view_choices(view, "filter_kernels", "kernel", rows->cells);
    view_choices(view, "filter_backends", "backend", rows->cells);
    view_choices(view, "filter_variants", "variant", rows->cells);
    json_t *const cells = put_array(view, "cells"), *const checks = put_array(view, "checks");
    size_t i;
    const json_t *row;
    json_array_foreach (rows->cells, i, row) {
        json_array_append_new(cells, view_cell(row));
    }
    count_checks(cells, rows->checks);
    json_array_foreach (rows->checks, i, row) {
        json_array_append_new(checks, view_check(row));
    }
    sb_view_nodes(view, rows->nodes);
    sb_view_tables(view, rows);
    view_brief(view, rows);
    brief_attainable(json_object_get(view, "brief"), rows->cells);
    return json_array_size(cells) == json_array_size(rows->cells) && json_object_get(view, "brief")
               ? 0
               : sb_fail(err, SB_ENOMEM, "report: out of memory");
}
