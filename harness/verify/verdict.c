/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/verify/verdict.h"

#include "harness/util/json.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sb_verdict {
    const struct sb_case *c;
    json_t *checks;
    int count, failed;
    char reason[400];
};

struct sb_verdict *sb_verdict_new(const struct sb_case *c)
{
    struct sb_verdict *v = calloc(1, sizeof *v);
    if (v) {
        v->c = c;
        v->checks = json_array();
    }
    return v;
}

void sb_verdict_free(struct sb_verdict *v)
{
    if (v) {
        json_decref(v->checks);
        free(v);
    }
}

bool sb_verdict_passed(const struct sb_verdict *v)
{
    return v->count > 0 && v->failed == 0;
}

json_t *sb_verdict_checks(const struct sb_verdict *v)
{
    return json_incref(v->checks);
}

void sb_verdict_reason(const struct sb_verdict *v, char *out, size_t room)
{
    snprintf(out, room, "%s", v->count == 0 ? "nothing was checked" : v->reason);
}

double sb_unit_roundoff(const struct sb_case *c)
{
    return c->precision == SB_FLOAT ? 0x1p-24 : 0x1p-53;
}

double sb_gamma(const struct sb_case *c, double n)
{
    const double nu = n * sb_unit_roundoff(c);
    return nu < 1 ? nu / (1 - nu) : INFINITY;
}

double sb_verdict_ulps(enum sb_precision precision, double got, double expected)
{
    const double size = fabs(expected);
    double ulp;
    if (got == expected) {
        return 0;
    }
    if (!isfinite(got) || !isfinite(expected)) {
        return INFINITY;
    }
    if (precision == SB_FLOAT) {
        const float f = (float)size;
        ulp = (double)(nextafterf(f, INFINITY)) - (double)f;
    } else {
        ulp = nextafter(size, INFINITY) - size;
    }
    return fabs(got - expected) / ulp;
}

static double relative(double got, double expected)
{
    return expected != 0 ? fabs(got - expected) / fabs(expected) : fabs(got - expected);
}

static void add(struct sb_verdict *v, json_t *check, bool failed, const char *reason)
{
    ++v->count;
    if (failed && v->failed++ == 0) {
        snprintf(v->reason, sizeof v->reason, "%s", reason);
    }
    json_array_append_new(v->checks, check);
}

struct worst {
    int64_t index, failed;
    double excess; /* |got − expected| / bound, the measure of "worst"; infinite for NaN */
    double bound;
};

/* Results near zero may be flushed (fast maths) or lose digits gradually: a few roundings of the smallest normal number
 * are allowed beside every bound (Higham, 2nd ed., §2.1: fl(x op y) = (x op y)(1 + δ) + η). */
static double underflow(const struct sb_case *c)
{
    return 4096 * (c->precision == SB_FLOAT ? (double)FLT_MIN : DBL_MIN);
}

static void look(struct worst *w, int64_t i, double got, double expected, double bound)
{
    const double error = fabs(got - expected);
    const bool equal = got == expected;
    const bool ok = equal || error <= bound; /* false for NaN on either side */
    const double excess = equal          ? 0
                          : isnan(error) ? INFINITY
                          : bound > 0    ? error / bound
                                         : INFINITY;
    w->failed += !ok;
    if (w->index < 0 || excess > w->excess) {
        w->index = i;
        w->excess = excess;
        w->bound = bound;
    }
}

static void add_elements(struct sb_verdict *v, const char *what, int64_t count,
                         const struct worst *w, double got, double expected)
{
    json_t *worst = json_null();
    char reason[400] = "";
    if (count > 0) {
        worst = json_pack("{s:I,s:o,s:o,s:o,s:o,s:o}", "index", (json_int_t)w->index, "got",
                          sb_json_number(got), "expected", sb_json_number(expected), "bound",
                          sb_json_number(w->bound), "ulp",
                          sb_json_number(sb_verdict_ulps(v->c->precision, got, expected)),
                          "relative", sb_json_number(relative(got, expected)));
        snprintf(reason, sizeof reason,
                 "%s: %" PRId64 " of %" PRId64 " elements wrong, worst at %" PRId64
                 ": got %.17g, expected %.17g, bound %.3g",
                 what, w->failed, count, w->index, got, expected, w->bound);
    } else {
        snprintf(reason, sizeof reason, "%s: no elements to check", what);
    }
    add(v,
        json_pack("{s:s,s:s,s:I,s:I,s:o}", "what", what, "kind", "elements", "count",
                  (json_int_t)count, "failed", (json_int_t)w->failed, "worst", worst),
        w->failed > 0 || count <= 0, reason);
}

void sb_check_reals(struct sb_verdict *v, const char *what, const double *got,
                    const double *expected, const double *bound, double bound_all, int64_t count)
{
    struct worst w = {.index = -1};
    const double least =
        bound || bound_all > 0 ? bound_all + underflow(v->c) : 0; /* exact stays exact */
    for (int64_t i = 0; i < count; ++i) {
        look(&w, i, got[i], expected[i], (bound ? bound[i] : 0) + least);
    }
    const bool any = w.index >= 0;
    add_elements(v, what, count, &w, any ? got[w.index] : 0, any ? expected[w.index] : 0);
}

void sb_check_int32s(struct sb_verdict *v, const char *what, const int32_t *got,
                     const int32_t *expected, int64_t count)
{
    struct worst w = {.index = -1};
    double most = -1;
    for (int64_t i = 0; i < count; ++i) {
        const double error = fabs((double)got[i] - (double)expected[i]);
        w.failed += error > 0;
        if (error > most) {
            most = error;
            w.index = i;
        }
    }
    const bool any = w.index >= 0;
    add_elements(v, what, count, &w, any ? got[w.index] : 0, any ? expected[w.index] : 0);
}

void sb_check_truth(struct sb_verdict *v, const char *what, double got, double expected,
                    double bound, const char *source)
{
    const bool ok = fabs(got - expected) <= bound || got == expected;
    char reason[400];
    snprintf(reason, sizeof reason, "%s: got %.17g, expected %.17g within %.3g (%s)", what, got,
             expected, bound, source);
    add(v,
        json_pack("{s:s,s:s,s:o,s:o,s:o,s:b,s:s}", "what", what, "kind", "truth", "got",
                  sb_json_number(got), "expected", sb_json_number(expected), "bound",
                  sb_json_number(bound), "failed", !ok, "source", source),
        !ok, reason);
}
