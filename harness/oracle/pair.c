/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/oracle/pair.h"

#include "harness/oracle/compare.h"

#include <string.h>

bool sb_pair_alike(const struct sb_outcome *a, const struct sb_outcome *b,
                   enum sb_precision precision)
{
    double ulp = 0;
    if (!a->after || !b->after) {
        return !a->after && !b->after;
    }
    return sb_compare_results(&ulp, a->after, b->after, precision);
}

/* The first element of a result that differs. */
static void compare(struct sb_pair *pair, enum sb_precision precision)
{
    const struct sb_host *a = pair->a.after;
    const struct sb_host *b = pair->b.after;
    for (int i = 0; a && b && i < a->count && !pair->differ; ++i) {
        struct sb_difference d;
        if (a->array[i].role == SB_SCRATCH) {
            continue;
        }
        sb_compare_array(&d, a, b, i, precision);
        if (d.differ > 0) {
            sb_compare_name(pair->element, sizeof pair->element, d.array, d.first);
            pair->count = d.differ;
            pair->differ = true;
        }
    }
}

static int run(struct sb_outcome *out, const struct sb_suspect *s, const struct sb_pairing *pairing,
               const struct sb_trial *trial, struct sb_error *err)
{
    return pairing->on_cpu ? sb_suspect_try_on_cpu(out, s, trial, err)
                           : sb_suspect_try(out, s, pairing->maths, trial, err);
}

int sb_pair_run(struct sb_pair *out, const struct sb_suspect *s, const struct sb_pairing *pairing,
                struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    int code = run(&out->a, s, pairing, &pairing->a, err);
    code = code != 0 ? code : run(&out->b, s, pairing, &pairing->b, err);
    if (code == 0) {
        compare(out, s->cell->c.precision);
    }
    return code;
}

int sb_pair_follows(bool *out, const struct sb_pair *first, struct sb_suspect *s,
                    const struct sb_pairing *pairing, struct sb_error *err)
{
    int code = 0;
    *out = first->differ;
    for (int i = 1; code == 0 && *out && i < SB_PAIR_TIMES; ++i) {
        struct sb_pair next;
        code = sb_pair_run(&next, s, pairing, err);
        *out = code == 0 && sb_pair_alike(&next.a, &first->a, s->cell->c.precision) &&
               sb_pair_alike(&next.b, &first->b, s->cell->c.precision);
        s->evidence.tried[SB_TRY_AGAIN].changed |= code == 0 && !*out;
        sb_pair_free(&next);
    }
    return code;
}

void sb_pair_free(struct sb_pair *pair)
{
    sb_outcome_free(&pair->a);
    sb_outcome_free(&pair->b);
}
