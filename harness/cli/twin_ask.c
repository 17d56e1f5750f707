/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/twin_ask.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *texts(const struct sb_strings *list)
{
    json_t *all = json_array();
    for (int i = 0; i < list->count; ++i) {
        json_array_append_new(all, json_string(list->item[i]));
    }
    return all;
}

static int write_spec(char *out, size_t room, const char *path,
                      const struct sb_twin_question *input, struct sb_error *err)
{
    char cache[PATH_MAX], full[PATH_MAX], name[64];
    int code = sb_fs_cache(cache, sizeof cache, "code", err);
    if (code == 0 && !realpath(path, full)) {
        code = sb_fail(err, SB_ENOTFOUND, "%s: there is no such file", path);
    }
    json_t *utf8 = code == 0 ? json_string(full) : NULL;
    if (code == 0 && !utf8) {
        code = sb_fail(err, SB_EINVAL, "%s: the file's path is not UTF-8", path);
    }
    json_decref(utf8);
    snprintf(name, sizeof name, "twin-%ld.json", (long)getpid());
    code = code != 0 ? code : sb_fs_join(out, room, cache, name, err);
    if (code != 0) {
        return code;
    }
    json_t *spec =
        json_pack("{s:s,s:o,s:o,s:o,s:i,s:i,s:I,s:b,s:s}", "file", full, "defines",
                  texts(&input->say.defines), "launches", texts(&input->say.launches), "arrays",
                  texts(&input->say.arrays), "warp", input->warp, "replays", input->replays, "seed",
                  (json_int_t)input->seed, "counts", input->counts, "cache", cache);
    char *text = spec ? json_dumps(spec, 0) : NULL;
    code =
        text ? sb_fs_write(out, text, strlen(text), err) : sb_fail(err, SB_ENOMEM, "out of memory");
    free(text);
    json_decref(spec);
    return code;
}

/* Kernels may print, so the answer is the last line that is an object with a state. */
static json_t *find_answer(const char *output)
{
    json_t *found = NULL;
    for (const char *at = output; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
        json_t *json = *at == '{' ? json_loads(at, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
        if (json_is_string(json_object_get(json, "state"))) {
            json_decref(found);
            found = json_incref(json);
        }
        json_decref(json);
    }
    return found;
}

int sb_twin_ask(json_t **out, const char *path, const struct sb_twin_question *input,
                struct sb_error *err)
{
    char runner[PATH_MAX], spec[PATH_MAX] = "";
    int code = sb_fs_join(runner, sizeof runner, sb_fs_program_folder(), "switchbench-runner", err);
    code = code != 0 ? code : write_spec(spec, sizeof spec, path, input, err);
    if (code != 0) {
        return code;
    }
    char parent[24]; /* a kernel that never ends does not outlive an impatient person */
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *const argv[] = {runner, "--parent", parent, "--twin", spec, NULL};
    struct sb_process_result result = {0};
    code = sb_process_run(&result, argv, input->time_limit_s, err);
    unlink(spec);
    if (code != 0) {
        return sb_fail_in(err, SB_EINFRA, "the runner cannot be started");
    }
    *out = find_answer(result.output ? result.output : "");
    char how[160] = "";
    if (result.timed_out) {
        snprintf(how, sizeof how, "it did not end within %g s (--time-limit)", input->time_limit_s);
    } else if (!*out && result.signal) {
        snprintf(how, sizeof how, "it crashed: %s", strsignal(result.signal));
    } else if (!*out) {
        snprintf(how, sizeof how, "it ended with %d and no answer", result.exit_status);
    }
    if (how[0]) {
        json_decref(*out);
        *out = json_pack("{s:s,s:s,s:s,s:s}", "state", "failed", "file", path, "reason",
                         result.timed_out ? "time" : "crash", "text", how);
    }
    sb_process_result_free(&result);
    return 0;
}

int sb_twin_exit(const json_t *answer)
{
    static const struct {
        const char *reason;
        int exit_code;
    } rows[] = {{"usage", SB_EXIT_USAGE}, {"absent", SB_EXIT_NOTHING}, {"internal", SB_EXIT_INFRA}};
    if (strcmp(sb_json_text_or(answer, "state", ""), "ran") == 0) {
        return json_array_size(json_object_get(answer, "findings")) > 0 ? SB_EXIT_WRONG
                                                                        : SB_EXIT_PASSED;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        if (strcmp(rows[i].reason, sb_json_text_or(answer, "reason", "")) == 0) {
            return rows[i].exit_code;
        }
    }
    return SB_EXIT_FAILED;
}
