/* SPDX-License-Identifier: Apache-2.0 */
/* A repetition's launches are halved: the first k run on both sides from the same inputs, and all arrays are compared. */
#include "harness/oracle/compare.h"
#include "harness/oracle/suspect.h"

#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>

/* What k launches left: nothing, a dead process, or the first array that differs. */
struct step {
    bool differs, dead;
    struct sb_difference first;
    char element[200];
    char reason[400];
};

static int look(struct step *out, const struct sb_suspect *s, enum sb_maths maths, int launches,
                struct sb_error *err)
{
    struct sb_outcome got = {0};
    struct sb_outcome trusted = {0};
    memset(out, 0, sizeof *out);
    const struct sb_trial on_cell = {.launches = launches, .snapshot = -1};
    const struct sb_trial on_trusted = {
        .launches = launches, .threads = 1, .tuning = s->tuning, .snapshot = -1};
    int code = sb_suspect_try(&got, s, maths, &on_cell, err);
    code = code != 0 ? code : sb_trial_run(&trusted, s->pack, &s->trusted_cell, &on_trusted, err);
    if (code == 0 && got.after && trusted.after) {
        out->differs =
            sb_compare_first(&out->first, got.after, trusted.after, s->cell->c.precision);
        if (out->differs) {
            sb_compare_name(out->element, sizeof out->element, out->first.array, out->first.first);
        }
    } else if (code == 0 && trusted.after) {
        out->differs = out->dead = true;
        snprintf(out->reason, sizeof out->reason, "%s",
                 sb_json_text_or(got.record, "reason", "it left no arrays"));
    }
    out->first.array = NULL; /* it is the outcome's */
    sb_outcome_free(&got);
    sb_outcome_free(&trusted);
    return code;
}

static int launches_of(struct sb_launches *out, const struct sb_suspect *s,
                       const struct sb_cell *cell)
{
    struct sb_case c = cell->c;
    memcpy(c.tuning, s->tuning, sizeof c.tuning);
    c.kernel->launches(out, &c);
    return out->failed ? SB_EINVAL : 0;
}

static bool same_functions(const struct sb_launches *a, const struct sb_launches *b)
{
    bool same = a->count == b->count;
    for (int i = 0; same && i < a->count; ++i) {
        same = strcmp(a->spec[i].function, b->spec[i].function) == 0;
    }
    return same;
}

static json_t *told(const struct step *step, int launch, const struct sb_launches *launches,
                    enum sb_maths maths)
{
    json_t *json = json_pack("{s:i,s:i,s:s,s:s}", "launch", launch, "launches", launches->count,
                             "function", launches->spec[launch - 1].function, "maths",
                             maths == SB_STRICT ? "strict" : "fast");
    if (step->dead) {
        json_object_set_new(json, "reason", json_string(step->reason));
    } else {
        json_object_set_new(json, "element", json_string(step->element));
        json_object_set_new(json, "got", sb_json_number(step->first.first_got));
        json_object_set_new(json, "trusted", sb_json_number(step->first.first_trusted));
        json_object_set_new(json, "ulp", sb_json_number(step->first.first_ulp));
        json_object_set_new(json, "differ", json_integer((json_int_t)step->first.differ));
    }
    return json;
}

/* Invariant: after `good` launches both sides agree, after `bad` they do not. */
static int halve(json_t **out, const struct sb_suspect *s, const struct sb_launches *launches,
                 struct sb_error *err)
{
    const enum sb_maths maths = sb_suspect_maths(s);
    struct step at_bad;
    int good = 0;
    int bad = launches->count;
    int code = look(&at_bad, s, maths, bad, err);
    if (code != 0 || !at_bad.differs) {
        return code;
    }
    while (code == 0 && bad - good > 1) {
        struct step step;
        const int middle = good + (bad - good) / 2;
        code = look(&step, s, maths, middle, err);
        if (step.differs) {
            bad = middle;
            at_bad = step;
        } else {
            good = middle;
        }
    }
    if (code == 0) {
        json_decref(*out);
        *out = told(&at_bad, bad, launches, maths);
    }
    return code;
}

int sb_suspect_bisect(json_t **out, const struct sb_suspect *s, struct sb_error *err)
{
    struct sb_launches cell = {0};
    struct sb_launches trusted = {0};
    int code = 0;
    *out = json_null();
    if (s->trusted->after && s->evidence.trusted != SB_WRONG &&
        launches_of(&cell, s, s->cell) == 0 && launches_of(&trusted, s, &s->trusted_cell) == 0 &&
        same_functions(&cell, &trusted)) {
        code = halve(out, s, &cell, err);
    }
    sb_launches_free(&cell);
    sb_launches_free(&trusted);
    return code;
}
