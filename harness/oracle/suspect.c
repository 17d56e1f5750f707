/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/oracle/suspect.h"

#include "harness/oracle/compare.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>

enum sb_result sb_suspect_judge(double *out_ulp, const struct sb_suspect *s,
                                const struct sb_outcome *outcome)
{
    const char *state = sb_outcome_state(outcome);
    const char *failure = sb_json_text_or(outcome->record, "failure", "");
    double ulp = 0;
    bool same = false;
    if (outcome->after && s->trusted->after) {
        same = sb_compare_results(&ulp, outcome->after, s->trusted->after, s->cell->c.precision);
    }
    if (out_ulp) {
        *out_ulp = ulp;
    }
    if (strcmp(state, "passed") == 0) {
        return same ? SB_SAME : SB_WITHIN;
    }
    if (strcmp(state, "wrong") == 0) {
        return SB_WRONG;
    }
    return strcmp(state, "failed") == 0 && strcmp(failure, "compile") != 0 ? SB_CRASHED
                                                                           : SB_IMPOSSIBLE;
}

int sb_suspect_try(struct sb_outcome *out, const struct sb_suspect *s, enum sb_maths maths,
                   const struct sb_trial *trial, struct sb_error *err)
{
    struct sb_cell cell = *s->cell;
    struct sb_trial tuned = *trial;
    cell.c.maths = maths;
    tuned.tuning = s->tuning;
    tuned.snapshot = -1;
    return sb_trial_run(out, s->pack, &cell, &tuned, err);
}

/* Whatever the suspect's backend: the source is the same. */
int sb_suspect_try_on_cpu(struct sb_outcome *out, const struct sb_suspect *s,
                          const struct sb_trial *trial, struct sb_error *err)
{
    struct sb_cell cell = s->trusted_cell;
    struct sb_trial serial = *trial;
    if (strcmp(s->cell->backend, "cpu") == 0) {
        cell.c.variant = s->cell->c.variant;
    }
    cell.backend = "cpu";
    cell.target = "native";
    serial.threads = 1;
    serial.tuning = s->tuning;
    serial.snapshot = -1;
    return sb_trial_run(out, s->pack, &cell, &serial, err);
}

enum sb_maths sb_suspect_maths(const struct sb_suspect *s)
{
    const enum sb_result strict = s->evidence.tried[SB_TRY_STRICT].result;
    return strict == SB_WRONG || strict == SB_CRASHED ? SB_STRICT : s->cell->c.maths;
}
