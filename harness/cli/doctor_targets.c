/* SPDX-License-Identifier: Apache-2.0 */
/* Architectures beside this machine's own: what compiles, what is missing, what stands in for them. */
#include "harness/cli/doctor.h"
#include "harness/cli/targets.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>

static void append(char *list, size_t room, const char *name, const char *emulated)
{
    const size_t used = strlen(list);
    snprintf(list + used, room - used, "%s%s%s", used ? " " : "", name, emulated ? "*" : "");
}

/* One line for what a backend compiles for, and one for what is missing, with the first reason. */
static void check_backend(struct sb_doctor *doctor, const json_t *backend)
{
    char what[96];
    char ready[400] = "";
    char found[500];
    const char *stand_in = NULL;
    char missing[400] = "";
    const char *first_reason = "";
    size_t t = 0;
    const json_t *target = NULL;
    snprintf(what, sizeof what, "targets of %s", sb_json_text_or(backend, "name", "?"));
    json_array_foreach (json_object_get(backend, "asked"), t, target) {
        const char *name = sb_json_text_or(target, "target", "");
        const char *state = sb_json_text_or(target, "state", "");
        const char *reason = sb_json_text_or(target, "reason", "");
        const char *emulated = sb_json_text_or(target, "emulated", NULL);
        const bool meant = strcmp(name, "native") != 0 && !strchr(name, '@');
        stand_in = emulated ? emulated : stand_in;
        if (meant && strcmp(state, "ready") == 0) {
            append(ready, sizeof ready, name, emulated);
        } else if (meant && strcmp(state, "missing") == 0) {
            append(missing, sizeof missing, name, NULL);
            first_reason = *first_reason ? first_reason : reason;
        }
    }
    if (missing[0]) {
        sb_doctor_say(doctor, what, SB_DOCTOR_ABSENT, missing, first_reason);
    }
    if (ready[0]) {
        snprintf(found, sizeof found, "%s%s%s%s", ready, stand_in ? " (* emulated here" : "",
                 stand_in ? ": verified, never timed" : "", stand_in ? ")" : "");
        sb_doctor_say(doctor, what, SB_DOCTOR_OK, found, NULL);
    }
}

void sb_doctor_targets(struct sb_doctor *doctor)
{
    const struct sb_strings all = {0};
    struct sb_error err = {0};
    json_t *told = NULL;
    if (sb_targets_all(&told, &all, &err) != 0) {
        return; /* without a runner: said above */
    }
    size_t b = 0;
    const json_t *backend = NULL;
    json_array_foreach (json_object_get(told, "backends"), b, backend) {
        check_backend(doctor, backend);
    }
    json_decref(told);
}
