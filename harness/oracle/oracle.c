/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/oracle/oracle.h"

#include "harness/oracle/compare.h"
#include "harness/oracle/finding.h"
#include "harness/oracle/report.h"
#include "harness/oracle/suspect.h"
#include "harness/plan/kernels.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TWIN "twin"
#define SIDES 2

/* A case: the cells that compute it, and what they are compared with. */
struct group {
    const struct sb_cell *cell[SIDES]; /* the second is the twin of the first, or NULL */
    struct sb_outcome got[SIDES];
    struct sb_outcome trusted;
    struct sb_cell trusted_cell;
    int tuning[SB_MAX_TUNINGS];
};

static bool is_twin(const struct sb_cell *cell)
{
    return strcmp(cell->backend, TWIN) == 0;
}

static bool partners(const struct sb_cell *a, const struct sb_cell *b)
{
    return sb_pack_same_case(a, b) && a->c.maths == b->c.maths && is_twin(a) != is_twin(b) &&
           strcmp(a->c.variant, b->c.variant) == 0;
}

static void find_group(struct group *out, const struct sb_job *job, bool *done, int first)
{
    memset(out, 0, sizeof *out);
    out->cell[0] = &job->cell[first];
    done[first] = true;
    for (int i = first + 1; i < job->cell_count && !out->cell[1]; ++i) {
        if (!done[i] && partners(out->cell[0], &job->cell[i])) {
            out->cell[1] = &job->cell[i];
            done[i] = true;
        }
    }
    if (out->cell[1] && is_twin(out->cell[0])) {
        const struct sb_cell *twin = out->cell[0];
        out->cell[0] = out->cell[1];
        out->cell[1] = twin;
    }
    out->trusted_cell = *out->cell[0];
    out->trusted_cell.backend = job->trusted;
    out->trusted_cell.target = "native";
    out->trusted_cell.c.variant = "portable";
    out->trusted_cell.c.maths = SB_STRICT;
    memcpy(out->tuning, out->cell[0]->c.tuning, sizeof out->tuning);
}

/* The tuning that the cell's process settled on, as its record says; true where that is another than expected. */
static bool take_tuning(int *tuning, const struct sb_case *c, const json_t *record)
{
    bool other = false;
    const json_t *values = json_object_get(record, "tuning");
    for (int i = 0; c->kernel->tunings && c->kernel->tunings[i].name; ++i) {
        const json_t *value = json_object_get(values, c->kernel->tunings[i].name);
        if (json_is_integer(value) && json_integer_value(value) != tuning[i]) {
            tuning[i] = (int)json_integer_value(value);
            other = true;
        }
    }
    return other;
}

static int run_trusted(struct group *g, const struct sb_pack *pack, struct sb_error *err)
{
    const struct sb_trial serial = {.threads = 1, .tuning = g->tuning};
    sb_outcome_free(&g->trusted);
    return sb_trial_run(&g->trusted, pack, &g->trusted_cell, &serial, err);
}

static bool fits_together(const struct group *g, const struct sb_pack *pack)
{
    const double allowed =
        pack->job->memory_limit_bytes > 0 ? pack->job->memory_limit_bytes : sb_memory_allowed();
    const struct sb_case *c = &g->cell[0]->c;
    return (SIDES + 1) * (sb_case_device_bytes(c) + sb_case_host_bytes(c)) < 0.8 * allowed;
}

/* All sides at once where memory allows, else one after the other. */
static int run_sides(struct group *g, const struct sb_pack *pack, struct sb_error *err)
{
    struct sb_running running[SIDES + 1];
    const bool together = fits_together(g, pack);
    const struct sb_trial usual = {.all_schedules = true};
    const struct sb_trial serial = {.threads = 1, .tuning = g->tuning};
    int started = 0;
    int code = 0;
    struct sb_outcome *outcomes[SIDES + 1] = {&g->got[0], g->cell[1] ? &g->got[1] : &g->trusted,
                                              &g->trusted};
    const int sides = g->cell[1] ? 2 : 1;
    for (int i = 0; code == 0 && i <= sides; ++i) {
        const bool trusted = i == sides;
        code = sb_trial_start(&running[i], pack, trusted ? &g->trusted_cell : g->cell[i],
                              trusted ? &serial : &usual, err);
        started += code == 0;
        if (code == 0 && !together) {
            sb_trial_finish(outcomes[i], &running[i], pack);
        }
    }
    for (int i = 0; together && i < started; ++i) {
        sb_trial_finish(outcomes[i], &running[i], pack);
    }
    if (code == 0 && take_tuning(g->tuning, &g->cell[0]->c, g->got[0].record)) {
        code = run_trusted(g, pack, err);
    }
    return code;
}

static bool failing(const struct sb_outcome *outcome)
{
    const char *state = sb_outcome_state(outcome);
    return strcmp(state, "wrong") == 0 || strcmp(state, "failed") == 0;
}

/* What can be examined: a kernel that ran and was wrong, or died of what it did. Not one that did not compile, did not
 * end, or met a refusal: there experiments show nothing, at a time limit each. */
static bool worth_examining(const struct sb_outcome *outcome)
{
    const char *failure = sb_json_text_or(outcome->record, "failure", "");
    return strcmp(sb_outcome_state(outcome), "wrong") == 0 ||
           (strcmp(sb_outcome_state(outcome), "failed") == 0 &&
            (strcmp(failure, "crash") == 0 || strcmp(failure, "out_of_bounds") == 0 ||
             strcmp(failure, "device") == 0));
}

static bool has_finding(const struct sb_outcome *outcome)
{
    return json_array_size(sb_json_at(outcome->record, "observed.findings")) > 0;
}

/* How a compiler is told, for the sentences; the usual words where a backend has none of its own. */
static void name_flags(struct sb_evidence *e, const char *backend)
{
    static const struct {
        const char *backend, *no_contract, *unoptimised;
    } words[] = {
        {"opencl", "FP_CONTRACT OFF", "-cl-opt-disable"},
        {"cuda", "-fmad=false", "ptxas -O0"},
    };
    e->no_contract = "-ffp-contract=off";
    e->unoptimised = "-O0";
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        if (strcmp(words[i].backend, backend) == 0) {
            e->no_contract = words[i].no_contract;
            e->unoptimised = words[i].unoptimised;
        }
    }
}

static void begin_suspect(struct sb_suspect *s, const struct group *g, int side,
                          const struct sb_pack *pack)
{
    memset(s, 0, sizeof *s);
    s->pack = pack;
    s->cell = g->cell[side];
    s->trusted_cell = g->trusted_cell;
    memcpy(s->tuning, g->tuning, sizeof s->tuning);
    s->got = &g->got[side];
    s->trusted = &g->trusted;
    struct sb_evidence *e = &s->evidence;
    double ulp = 0;
    e->cell = sb_suspect_judge(&ulp, s, s->got);
    e->trusted = sb_suspect_judge(NULL, s, s->trusted);
    e->same_as_trusted =
        s->got->after && s->trusted->after &&
        sb_compare_results(&ulp, s->got->after, s->trusted->after, s->cell->c.precision);
    const struct sb_outcome *seen = !has_finding(s->got) && g->cell[1] ? &g->got[1] : s->got;
    sb_finding_choose(e->finding_kind, sizeof e->finding_kind, e->finding, sizeof e->finding,
                      sb_json_at(seen->record, "observed.findings"));
    snprintf(e->reason, sizeof e->reason, "%s", sb_json_text_or(s->got->record, "reason", ""));
    e->out_of_bounds = strcmp(sb_json_text_or(s->got->record, "failure", ""), "out_of_bounds") == 0;
    name_flags(e, s->cell->backend);
}

/* In strict maths other bits are the backend's fault, or the source's, also within the bound: the first such element. */
static int examine_strict(const struct sb_suspect *s, json_t *report, struct sb_error *err)
{
    json_t *first = NULL;
    const int code = sb_suspect_bisect(&first, s, err);
    json_object_set_new(report, "first", first ? first : json_null());
    return code;
}

/* Bits that differ within the bound: no failure, but worth knowing whether strict maths makes them the same. */
static int examine_within(struct sb_suspect *s, json_t *report, struct sb_error *err)
{
    struct sb_outcome strict = {0};
    double ulp = 0;
    if (s->evidence.cell != SB_WITHIN || s->evidence.trusted == SB_IMPOSSIBLE) {
        return 0;
    }
    if (s->cell->c.maths == SB_STRICT) {
        return examine_strict(s, report, err);
    }
    const int code = sb_suspect_try(&strict, s, SB_STRICT, &(struct sb_trial){0}, err);
    if (code == 0) {
        const enum sb_result result = sb_suspect_judge(&ulp, s, &strict);
        json_object_set_new(report, "strict",
                            json_pack("{s:b,s:o,s:s}", "same_bits", result == SB_SAME, "ulp",
                                      sb_json_number(ulp), "result", sb_result_text(result)));
    }
    sb_outcome_free(&strict);
    return code;
}

static int examine_failing(struct sb_suspect *s, json_t *report, struct sb_error *err)
{
    json_t *first = json_null();
    struct sb_cause cause;
    int code = sb_suspect_examine(s, err);
    code = code != 0 ? code : sb_suspect_bisect(&first, s, err);
    sb_decide(&cause, &s->evidence);
    json_object_set_new(report, "first", first);
    json_object_set_new(report, "cause",
                        json_pack("{s:s,s:s,s:s?}", "kind", cause.kind, "text", cause.text, "place",
                                  cause.place[0] ? cause.place : NULL));
    json_object_set_new(report, "tried", sb_report_tried(&s->evidence));
    return code;
}

/* The "oracle" member of one side's record. */
static int report_side(json_t **out, const struct group *g, int side, const struct sb_pack *pack,
                       struct sb_error *err)
{
    struct sb_suspect s;
    begin_suspect(&s, g, side, pack);
    *out = sb_report_begin(&s);
    int code = 0;
    /* The twin's own finding is its cause; only one of both sides is examined. */
    const bool other_examined = side == 1 && worth_examining(&g->got[0]);
    if (worth_examining(s.got) && (!other_examined || has_finding(s.got))) {
        code = examine_failing(&s, *out, err);
    } else if (!failing(s.got) && side == 0) { /* the twin's strict bits are the same question */
        code = examine_within(&s, *out, err);
    }
    sb_host_free(s.strict);
    return code;
}

static int run_group(struct group *g, const struct sb_pack *pack, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < SIDES && g->cell[i]; ++i) {
        code = sb_pack_say(pack, json_pack("{s:s,s:s}", "event", "started", "cell", g->cell[i]->id),
                           err);
    }
    code = code != 0 ? code : run_sides(g, pack, err);
    for (int i = SIDES - 1; code == 0 && i >= 0; --i) {
        json_t *report = NULL;
        if (!g->cell[i]) {
            continue;
        }
        code = report_side(&report, g, i, pack, err);
        json_object_set_new(g->got[i].record, "oracle", report ? report : json_null());
        code = code != 0 ? code : sb_pack_say(pack, json_incref(g->got[i].record), err);
    }
    for (int i = 0; i < SIDES; ++i) {
        sb_outcome_free(&g->got[i]);
    }
    sb_outcome_free(&g->trusted);
    return code;
}

int sb_oracle_run(const struct sb_job *job, int out_fd, struct sb_error *err)
{
    struct sb_pack pack;
    bool *done = calloc((size_t)job->cell_count + 1, sizeof *done);
    int code = sb_pack_open(&pack, job, out_fd, err);
    code = code != 0 ? code : sb_pack_say_topology(&pack, err);
    code = done ? code : sb_fail(err, SB_ENOMEM, "out of memory");
    for (int i = 0; code == 0 && i < job->cell_count; ++i) {
        struct group group;
        if (!done[i]) {
            find_group(&group, job, done, i);
            code = run_group(&group, &pack, err);
        }
    }
    free(done);
    sb_pack_close(&pack);
    return code;
}
