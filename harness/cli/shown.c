/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/shown.h"

#include "harness/util/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sb_shown_case(char *out, size_t room, const char *name)
{
    const size_t kernel = strcspn(name, "/@ ");
    const char *rest = name + kernel + (name[kernel] == '/');
    rest += *rest == '@';
    const size_t first = strcspn(rest, " ");
    const char *more = rest + first;
    for (int skip = 0; skip < 2 && *more;
         ++skip) { /* variant and backend have columns of their own */
        more += 1 + strcspn(more + 1, " ");
    }
    snprintf(out, room, "%.*s%s", (int)first, rest, more);
}

void sb_shown_number(char *out, size_t room, double value)
{
    const double size = fabs(value);
    if (size == 0) {
        snprintf(out, room, "0");
    } else if (size >= 1e5 || size < 1e-3) {
        snprintf(out, room, "%.2g", value);
    } else {
        const int digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        snprintf(out, room, "%.*f", digits, value);
    }
}

void sb_shown_giga(char *out, size_t room, double per_s)
{
    if (isnan(per_s)) {
        *out = '\0';
    } else {
        sb_shown_number(out, room, per_s * 1e-9);
    }
}

double sb_shown_value(const json_t *value)
{
    if (json_is_number(value)) {
        return json_number_value(value);
    }
    const char *text = json_string_value(value);
    if (text && (strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0)) {
        return *text == '-' ? -INFINITY : INFINITY;
    }
    return NAN;
}

static double share_of(const json_t *at)
{
    const double got = sb_shown_value(json_object_get(at, "got"));
    const double expected = sb_shown_value(json_object_get(at, "expected"));
    const double bound = sb_shown_value(json_object_get(at, "bound"));
    const double off = fabs(got - expected);
    if (off == 0) {
        return 0;
    }
    return bound > 0 && !isnan(off) ? off / bound : INFINITY;
}

struct sb_worst sb_shown_worst(const json_t *record)
{
    struct sb_worst worst = {.share = -1, .ulp = NAN};
    const json_t *checks = sb_json_at(record, "verdict.checks");
    size_t i = 0;
    const json_t *check = NULL;
    json_array_foreach (checks, i, check) {
        const json_t *element = json_object_get(check, "worst");
        const json_t *at = json_is_object(element) ? element : check;
        if (!json_object_get(at, "got")) {
            continue;
        }
        const double share = share_of(at);
        if (share > worst.share) {
            worst.check = check;
            worst.share = share;
            worst.ulp = sb_shown_value(json_object_get(at, "ulp"));
        }
    }
    return worst;
}

void sb_shown_error(char *out, size_t room, const struct sb_worst *worst)
{
    *out = '\0';
    if (!worst->check) {
        return;
    }
    if (worst->share == 0) {
        snprintf(out, room, "exact");
        return;
    }
    char ulp[40] = "";
    if (!isnan(worst->ulp)) {
        snprintf(ulp, sizeof ulp, "%.3g ULP, ", worst->ulp);
    }
    if (isinf(worst->share)) {
        snprintf(out, room, "%sbeyond any bound", ulp);
    } else if (worst->share <= 1) {
        snprintf(out, room, "%s%.2g%% of bound", ulp, 100 * worst->share);
    } else {
        snprintf(out, room, "%s%.3g × bound", ulp, worst->share);
    }
}
