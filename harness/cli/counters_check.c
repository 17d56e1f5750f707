/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/counters_check.h"

#include "harness/cli/probe.h"
#include "harness/util/json.h"

#include <stdlib.h>
#include <string.h>

static bool runs_here(const struct sb_plan *plan)
{
    bool here = true;
    for (int i = 0; i < plan->place_count; ++i) {
        here = here && strcmp(plan->place[i].scheduler, "local") == 0 &&
               strcmp(plan->place[i].engine, "none") == 0;
    }
    return here;
}

/* The words that name events, joined by commas; malloc'ed. "" where there are none. */
static char *join_named(const struct sb_strings *words)
{
    size_t room = 1;
    for (int i = 0; i < words->count; ++i) {
        room += strlen(words->item[i]) + 1;
    }
    char *list = calloc(room, 1);
    for (int i = 0; list && i < words->count; ++i) {
        if (strchr(words->item[i], ':')) {
            strcat(list, *list ? "," : "");
            strcat(list, words->item[i]);
        }
    }
    return list;
}

static int look_for_unknown(const json_t *told, struct sb_error *err)
{
    size_t s = 0;
    size_t e = 0;
    const json_t *source = NULL;
    const json_t *event = NULL;
    json_array_foreach (json_object_get(told, "counters"), s, source) {
        json_array_foreach (json_object_get(source, "events"), e, event) {
            if (strcmp(sb_json_text_or(event, "state", ""), "unknown") == 0) {
                return sb_fail(err, SB_EINVAL, "counters: %s",
                               sb_json_text_or(event, "reason", ""));
            }
        }
    }
    return 0;
}

int sb_counters_check(const struct sb_plan *plan, struct sb_error *err)
{
    json_t *told = NULL;
    char *words = runs_here(plan) ? join_named(&plan->counters) : calloc(1, 1);
    int code = words ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    if (code == 0 && *words) {
        code = sb_probe_ask(&told, "--counters", words, err);
        code = code != 0 ? code : look_for_unknown(told, err);
    }
    json_decref(told);
    free(words);
    return code;
}
