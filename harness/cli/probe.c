/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/probe.h"

#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <string.h>
#include <unistd.h>

/* Drivers print what they like on stderr, so the answer is the last line that is a JSON object. */
static json_t *find_object(const char *text)
{
    json_t *found = NULL;
    for (const char *at = text; at && *at;) {
        if (*at == '{') {
            json_t *json = json_loads(at, JSON_DISABLE_EOF_CHECK, NULL);
            if (json_is_array(json_object_get(json, "backends")) ||
                json_is_array(json_object_get(json, "counters"))) {
                json_decref(found);
                found = json_incref(json);
            }
            json_decref(json);
        }
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return found;
}

int sb_probe_ask(json_t **out, const char *question, const char *of, struct sb_error *err)
{
    return sb_probe_ask_within(out, question, of, 60, err);
}

int sb_probe_ask_within(json_t **out, const char *question, const char *of, double limit_s,
                        struct sb_error *err)
{
    char path[1024];
    int rc = sb_fs_join(path, sizeof path, sb_fs_program_folder(), "switchbench-runner", err);
    if (rc) {
        return rc;
    }
    char parent[24];
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *const argv[] = {path, "--parent", parent, question, of, NULL};
    struct sb_process_result result = {0};
    rc = sb_process_run(&result, argv, limit_s, err);
    if (rc) {
        return sb_fail_in(err, SB_EINFRA, "the runner cannot be started");
    }
    *out = find_object(result.output ? result.output : "");
    if (result.timed_out) {
        rc = sb_fail(err, SB_EINFRA, "%s %s did not answer within %g s", path, question, limit_s);
    } else if (!*out) {
        rc = sb_fail(err, SB_EINFRA, "%s %s gave no answer (exit status %d, signal %d)", path,
                     question, result.exit_status, result.signal);
    }
    if (rc) {
        json_decref(*out);
        *out = NULL;
    }
    sb_process_result_free(&result);
    return rc;
}

int sb_probe_runner(json_t **out, struct sb_error *err)
{
    return sb_probe_ask(out, "--probe", NULL, err);
}
