/* SPDX-License-Identifier: Apache-2.0 */
/* Two sides, cell by cell. */
#include "results/compare/compare.h"

#include "results/compare/counted.h"
#include "results/compare/side.h"
#include "results/stats/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *sb_outcome_text(enum sb_outcome outcome)
{
    static const char *const texts[SB_OUTCOMES] = {
#define X(name, text) [name] = text,
        SB_OUTCOME_MAP(X)
#undef X
    };
    return (unsigned)outcome < SB_OUTCOMES ? texts[outcome] : "";
}

/* The replicas of one cell on one side. */
struct group {
    const struct sb_compare_cell *cell;
    size_t count;
    const struct sb_compare_cell *worst; /* the one that ended worst */
};

static int badness(enum sb_state state)
{
    static const int order[SB_STATES] = {[SB_STATE_PASSED] = 0,
                                         [SB_STATE_UNSUPPORTED] = 1,
                                         [SB_STATE_LOST] = 2,
                                         [SB_STATE_FAILED] = 3,
                                         [SB_STATE_WRONG] = 4};
    return (unsigned)state < SB_STATES ? order[state] : 5;
}

static struct group group_at(const struct sb_compare_cells *cells, size_t at)
{
    struct group group = {&cells->cell[at], 0, &cells->cell[at]};
    for (; at < cells->count && strcmp(cells->cell[at].key, group.cell->key) == 0; at++) {
        group.count++;
        if (badness(cells->cell[at].state) > badness(group.worst->state)) {
            group.worst = &cells->cell[at];
        }
    }
    return group;
}

static double mean_median(const struct group *group)
{
    double sum = 0;
    for (size_t i = 0; i < group->count; i++) {
        sum += group->cell[i].median_ns;
    }
    return group->count ? sum / group->count : 0;
}

static const char *keep(struct sb_comparison *out, const char *text)
{
    const char *kept = sb_compare_keep(&out->texts, text, strlen(text) + 1);
    return kept ? kept : "";
}

/* Pairs of replicas that took their turns in one job. */
static bool is_paired(const struct group *a, const struct group *b, bool one_campaign)
{
    bool paired = one_campaign && a->count == b->count;
    for (size_t i = 0; paired && i < a->count; i++) {
        paired =
            a->cell[i].replica == b->cell[i].replica && strcmp(a->cell[i].job, b->cell[i].job) == 0;
    }
    return paired;
}

static int measure(struct sb_compare_row *row, const struct group *a, const struct group *b,
                   bool paired, const struct sb_compare_options *options)
{
    struct sb_compare_run *runs = malloc((a->count + b->count) * sizeof *runs);
    if (!runs) {
        return SB_ENOMEM;
    }
    for (size_t i = 0; i < a->count + b->count; i++) {
        runs[i] = i < a->count ? a->cell[i].run : b->cell[i - a->count].run;
    }
    const int code =
        sb_compare_ratio(&row->ratio, runs, a->count, runs + a->count, b->count, paired, options);
    free(runs);
    return code;
}

static void explain(struct sb_comparison *out, struct sb_compare_row *row)
{
    char text[256];
    if (isnan(row->ratio.low) && row->ratio.turns_a >= 3 && row->ratio.turns_b >= 3) {
        snprintf(text, sizeof text,
                 "one or two turns hold nearly all samples: in the others the machine was busy "
                 "with something else");
    } else if (isnan(row->ratio.low)) {
        snprintf(
            text, sizeof text,
            "too few turns to tell: %zu and %zu, at least 3 a replica are needed (%d are better)",
            row->ratio.turns_a, row->ratio.turns_b, SB_STATS_TURNS_LEAST);
    } else if (row->ratio.busy > SB_COMPARE_BUSY && (row->ratio.low > 1 || row->ratio.high < 1)) {
        snprintf(text, sizeof text,
                 "the machine was busy with something else in %.0f %% of one side's turns",
                 100 * row->ratio.busy);
    } else if (row->ratio.overlap > SB_COMPARE_OVERLAP &&
               (row->ratio.low > 1 || row->ratio.high < 1)) {
        snprintf(text, sizeof text,
                 "the machine had several speeds: %.0f %% of the slower side's turns were as fast "
                 "as the other side",
                 100 * row->ratio.overlap);
    } else {
        snprintf(
            text, sizeof text,
            "the interval is wider than the margin and holds 1: more turns or replicas would tell");
    }
    row->reason = keep(out, text);
}

static void explain_state(struct sb_comparison *out, struct sb_compare_row *row,
                          const struct group *a, const struct group *b)
{
    const struct group *bad = badness(b->worst->state) > badness(a->worst->state) ? b : a;
    char text[1024];
    const char *reason = bad->worst->reason;
    snprintf(text, sizeof text, "%s is %s%s%.900s", bad == a ? "A" : "B",
             sb_state_text(bad->worst->state), *reason ? ": " : "", reason);
    row->reason = keep(out, text);
}

/* An emulator executes the same instructions; how long it takes says nothing of any processor. */
static void explain_emulated(struct sb_comparison *out, struct sb_compare_row *row,
                             const struct group *a, const struct group *b)
{
    char text[256];
    const bool both = *a->cell->emulated && *b->cell->emulated;
    const char *by = *a->cell->emulated ? a->cell->emulated : b->cell->emulated;
    snprintf(text, sizeof text, "%s on %s: verified, and never timed",
             both                 ? "both ran"
             : *a->cell->emulated ? "A ran"
                                  : "B ran",
             by);
    row->reason = keep(out, text);
}

/* Share of the turns of all replicas that the runner marked; *by: what of, of the replica that has most. */
static double marked(const struct group *group, const char **by)
{
    int64_t watched = 0, disturbed = 0, most = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct sb_compare_cell *cell = &group->cell[i];
        watched += cell->watched_turns;
        disturbed += cell->disturbed_turns;
        if (cell->disturbed_turns > most) {
            most = cell->disturbed_turns;
            *by = cell->disturbed_by;
        }
    }
    return watched > 0 ? (double)disturbed / (double)watched : NAN;
}

/* What was disturbed is said, whatever the outcome: its samples are in the ratio. */
static void note_marked(struct sb_comparison *out, struct sb_compare_row *row,
                        const struct group *a, const struct group *b)
{
    char text[640] = "";
    size_t used = 0;
    const char *by[2] = {"", ""};
    row->disturbed_a = marked(a, &by[0]);
    row->disturbed_b = marked(b, &by[1]);
    for (int i = 0; i < 2; i++) {
        const double share = i == 0 ? row->disturbed_a : row->disturbed_b;
        if (share > SB_COMPARE_NOTED) {
            used += (size_t)snprintf(text + used, sizeof text - used,
                                     "%s%c was disturbed in %.0f %% of its turns (%s)",
                                     used ? "; " : "", i == 0 ? 'A' : 'B', 100 * share, by[i]);
        }
    }
    row->note = keep(out, text);
}

static int compare_groups(struct sb_comparison *out, struct sb_compare_row *row,
                          const struct group *a, const struct group *b, bool one_campaign)
{
    *row = (struct sb_compare_row){
        .name = a->count ? a->cell->name : b->cell->name,
        .name_b = b->count ? b->cell->name : "",
        .cell_a = a->count ? a->cell->cell : "",
        .cell_b = b->count ? b->cell->cell : "",
        .reason = "",
        .state_a = a->count ? a->worst->state : SB_STATES,
        .state_b = b->count ? b->worst->state : SB_STATES,
        .median_a_ns = mean_median(a),
        .median_b_ns = mean_median(b),
        .value_a = NAN,
        .value_b = NAN,
        .ratio = {.ratio = NAN, .low = NAN, .high = NAN},
        .disturbed_a = NAN,
        .disturbed_b = NAN,
        .note = "",
    };
    if (a->count == 0 || b->count == 0) {
        row->outcome = SB_OUTCOME_MISSING;
        row->reason = a->count ? "B has no such cell" : "A has no such cell";
        return 0;
    }
    if (row->state_a != SB_STATE_PASSED || row->state_b != SB_STATE_PASSED) {
        const bool wrong = row->state_a == SB_STATE_WRONG || row->state_b == SB_STATE_WRONG;
        row->outcome = wrong ? SB_OUTCOME_WRONG : SB_OUTCOME_MISSING;
        explain_state(out, row, a, b);
        return 0;
    }
    if (out->options.metric) {
        char reason[400] = "";
        sb_compare_counted(row, reason, sizeof reason, a->cell, a->count, b->cell, b->count,
                           &out->options);
        row->reason = keep(out, reason);
        return 0;
    }
    if (*a->cell->emulated || *b->cell->emulated) {
        row->outcome = SB_OUTCOME_MISSING;
        row->median_a_ns = row->median_b_ns = 0;
        explain_emulated(out, row, a, b);
        return 0;
    }
    const int code = measure(row, a, b, is_paired(a, b, one_campaign), &out->options);
    if (code == 0) {
        row->outcome = sb_compare_decide(&row->ratio, &out->options);
        row->regression = sb_compare_regressed(&row->ratio, &out->options);
        note_marked(out, row, a, b);
        if (row->outcome == SB_OUTCOME_INCONCLUSIVE) {
            explain(out, row);
        }
    }
    return code;
}

static int by_name(const void *a, const void *b)
{
    const struct sb_compare_row *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->cell_a, y->cell_a);
}

static int compare_sides(struct sb_comparison *out, const struct sb_compare_cells *a,
                         const struct sb_compare_cells *b, bool one_campaign)
{
    out->row = malloc((a->count + b->count + 1) * sizeof *out->row);
    int code = out->row ? 0 : SB_ENOMEM;
    for (size_t i = 0, j = 0; code == 0 && (i < a->count || j < b->count);) {
        const int order = i == a->count   ? 1
                          : j == b->count ? -1
                                          : strcmp(a->cell[i].key, b->cell[j].key);
        const struct group none = {0};
        const struct group left = order <= 0 ? group_at(a, i) : none;
        const struct group right = order >= 0 ? group_at(b, j) : none;
        struct sb_compare_row *row = &out->row[out->count++];
        code = compare_groups(out, row, &left, &right, one_campaign);
        out->counts[row->outcome]++;
        out->regressions += row->regression;
        i += left.count;
        j += right.count;
    }
    if (code == 0 && out->count > 0) {
        qsort(out->row, out->count, sizeof *out->row, by_name);
    }
    return code;
}

int sb_compare_cells(struct sb_comparison *out, struct sb_store *store,
                     const struct sb_compare_side *a, const struct sb_compare_side *b,
                     const struct sb_compare_options *options, struct sb_error *err)
{
    *out = (struct sb_comparison){.options = *options};
    struct sb_compare_cells left = {0}, right = {0};
    int code = sb_compare_side_read(&left, &out->texts, store, a, b, err);
    code = code != 0 ? code : sb_compare_side_read(&right, &out->texts, store, b, a, err);
    if (code == 0) {
        code = compare_sides(out, &left, &right, a->campaign == b->campaign);
        if (code != 0) {
            sb_fail(err, code, "out of memory comparing cells");
        }
    }
    free(left.cell);
    free(right.cell);
    if (code != 0) {
        sb_compare_free(out);
    }
    return code;
}

int sb_compare_exit(const struct sb_comparison *comparison)
{
    const int *counts = comparison->counts;
    const int compared = counts[SB_OUTCOME_FASTER] + counts[SB_OUTCOME_SLOWER] +
                         counts[SB_OUTCOME_SAME] + counts[SB_OUTCOME_LESS] +
                         counts[SB_OUTCOME_MORE];
    bool failed = false, lost = false, open_to_the_gate = false;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct sb_compare_row *row = &comparison->row[i];
        failed |= row->state_a == SB_STATE_PASSED && row->state_b == SB_STATE_FAILED;
        lost |= row->state_a == SB_STATE_PASSED && row->state_b == SB_STATE_LOST;
        open_to_the_gate |=
            row->outcome == SB_OUTCOME_INCONCLUSIVE &&
            !(row->ratio.high <= 1 + comparison->options.gate); /* also where it is NAN */
    }
    const bool undecided = comparison->options.gate >= 0 ? open_to_the_gate : compared == 0;
    return counts[SB_OUTCOME_WRONG]                          ? SB_EXIT_WRONG
           : comparison->regressions                         ? SB_EXIT_REGRESSION
           : failed                                          ? SB_EXIT_FAILED
           : lost                                            ? SB_EXIT_INFRA
           : compared + counts[SB_OUTCOME_INCONCLUSIVE] == 0 ? SB_EXIT_NOTHING
           : undecided                                       ? SB_EXIT_INCONCLUSIVE
                                                             : SB_EXIT_PASSED;
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static const char *state_or_absent(enum sb_state state)
{
    return state == SB_STATES ? "absent" : sb_state_text(state);
}

static json_t *row_to_json(const struct sb_compare_row *row)
{
    json_t *json = json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:b,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:b,s:I,s:I,s:o,s:o,s:s}", "name",
        row->name, "name_b", row->name_b, "cell_a", row->cell_a, "cell_b", row->cell_b, "outcome",
        sb_outcome_text(row->outcome), "regression", row->regression, "reason", row->reason,
        "state_a", state_or_absent(row->state_a), "state_b", state_or_absent(row->state_b),
        "median_a_ns", number_or_null(row->median_a_ns), "median_b_ns",
        number_or_null(row->median_b_ns), "ratio", number_or_null(row->ratio.ratio), "low",
        number_or_null(row->ratio.low), "high", number_or_null(row->ratio.high), "paired",
        row->ratio.paired, "turns_a", (json_int_t)row->ratio.turns_a, "turns_b",
        (json_int_t)row->ratio.turns_b, "disturbed_a", number_or_null(row->disturbed_a),
        "disturbed_b", number_or_null(row->disturbed_b), "note", row->note);
    if (json && !isnan(row->value_a)) {
        json_object_set_new(json, "value_a", number_or_null(row->value_a));
        json_object_set_new(json, "value_b", number_or_null(row->value_b));
    }
    return json;
}

json_t *sb_compare_to_json(const struct sb_comparison *comparison)
{
    const struct sb_compare_options *options = &comparison->options;
    json_t *counts = json_object(), *rows = json_array();
    for (int i = 0; i < SB_OUTCOMES; i++) {
        json_object_set_new(counts, sb_outcome_text((enum sb_outcome)i),
                            json_integer(comparison->counts[i]));
    }
    bool whole = counts && rows;
    for (size_t i = 0; whole && i < comparison->count; i++) {
        whole = json_array_append_new(rows, row_to_json(&comparison->row[i])) == 0;
    }
    json_t *gate = options->gate >= 0 ? json_real(options->gate) : json_null();
    json_t *json =
        json_pack("{s:{s:f,s:o,s:f,s:f,s:f},s:o,s:i,s:o}", "options", "margin", options->margin,
                  "gate", gate, "confidence", options->confidence, "between", options->between,
                  "between_df", options->between_df, "counts", counts, "regressions",
                  comparison->regressions, "rows", rows);
    if (json && options->metric) {
        json_object_set_new(json_object_get(json, "options"), "metric",
                            json_string(options->metric));
    }
    if (json && !whole) {
        json_decref(json);
        json = NULL;
    }
    return json;
}

void sb_compare_free(struct sb_comparison *comparison)
{
    if (comparison) {
        free(comparison->row);
        sb_compare_texts_free(comparison->texts);
        *comparison = (struct sb_comparison){0};
    }
}
