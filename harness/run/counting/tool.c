/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/tool.h"

#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_S 20

int sb_tool_job(const struct sb_again *again, json_t *job, json_t *cell, struct sb_error *err)
{
    json_t *json = json_load_file(again->job_file, 0, NULL);
    json_t *first = json_array_get(json_object_get(json, "cells"), 0);
    const bool failed = !first || (job && json_object_update(json, job) != 0) ||
                        (cell && json_object_update(first, cell) != 0);
    char *text = failed ? NULL : json_dumps(json, JSON_COMPACT);
    const int code = text ? sb_fs_write(again->job_file, text, strlen(text), err)
                          : sb_fail(err, SB_ENOMEM, "out of memory");
    free(text);
    json_decref(json);
    json_decref(job);
    json_decref(cell);
    return code;
}

/* The last line that begins with a brace is the answer; other lines are libraries' own. */
static json_t *find_answer(const char *output)
{
    json_t *found = NULL;
    for (const char *at = output; at && *at;) {
        const char *end = strchr(at, '\n');
        json_t *line = *at == '{' ? json_loads(at, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
        if (line) {
            json_decref(found);
            found = line;
        }
        at = end ? end + 1 : NULL;
    }
    return found;
}

static int complain(const struct sb_process_result *result, const char *name, struct sb_error *err)
{
    size_t length = strlen(result->output);
    while (length > 0 && result->output[length - 1] == '\n') {
        result->output[--length] = '\0';
    }
    const char *last = strrchr(result->output, '\n');
    last = last ? last + 1 : result->output;
    if (result->signal) {
        return sb_fail(err, SB_ECRASH, "under %s the cell died of signal %d (%s)", name,
                       result->signal, strsignal(result->signal));
    }
    return sb_fail(err, SB_ECRASH, "under %s the cell did not end well: %.300s", name,
                   *last ? last : "it says nothing");
}

int sb_tool_run(json_t **out, const char *const argv[], const char *tool,
                const struct sb_again *again, struct sb_error *err)
{
    struct sb_process_result result;
    const int code = sb_process_run(&result, argv, again->time_limit_s, err);
    if (code != 0) {
        return code;
    }
    int ended = 0;
    if (result.timed_out) {
        ended = sb_fail(err, SB_ELIMIT,
                        "the cell did not end under it within its time limit of %g s: raise "
                        "--time-limit, or count a smaller preset",
                        again->time_limit_s);
    } else if (result.exit_status != 0) {
        ended = complain(&result, tool, err);
    } else if (out) {
        *out = find_answer(result.output);
    }
    sb_process_result_free(&result);
    return ended;
}

json_t *sb_tool_event(const struct sb_counter_event *event, double value)
{
    return json_pack("{s:s,s:s,s:s,s:f}", "name", event->name, "unit", event->unit, "tags",
                     event->tags, "value", value);
}

int sb_tool_version(char *out, size_t room, const char *program, struct sb_error *err)
{
    struct sb_process_result result;
    const char *const argv[] = {program, "--version", NULL};
    const int code = sb_process_run(&result, argv, VERSION_S, err);
    if (code != 0) {
        return code;
    }
    snprintf(out, room, "%.*s", (int)strcspn(result.output, "\n"), result.output);
    const bool well = result.exit_status == 0;
    sb_process_result_free(&result);
    return well ? 0 : sb_fail(err, SB_EABSENT, "%s is installed, but does not start", program);
}
