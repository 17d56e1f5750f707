/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/flux.h"

#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* "n[1-2,5],m3": the brackets are opened only for plain numbers; more than fits is cut. */
static void set_nodes(struct sb_placed *out, const char *text)
{
    while (*text) {
        const size_t stem = strcspn(text, "[,");
        if (text[stem] != '[') {
            sb_batch_node(out, text, stem);
            text += stem + (text[stem] == ',');
            continue;
        }
        const char *at = text + stem + 1;
        while (*at && *at != ']') {
            char *end = NULL;
            const int width = (int)strspn(at, "0123456789");
            const long first = strtol(at, &end, 10);
            const long last = *end == '-' ? strtol(end + 1, &end, 10) : first;
            for (long i = first; i <= last && i - first < 4096; ++i) {
                char name[160];
                const int length =
                    snprintf(name, sizeof name, "%.*s%0*ld", (int)stem, text, width, i);
                sb_batch_node(out, name, (size_t)length);
            }
            at = *end == ',' ? end + 1 : end;
            if (*at && *at != ']' && (*at < '0' || *at > '9')) {
                return; /* not as we know it */
            }
        }
        text = at + (*at == ']');
        text += *text == ',';
    }
}

/* INACTIVE: COMPLETED, FAILED, CANCELED, TIMEOUT; an exception says why. */
static void set_result(struct sb_placed *out, const json_t *job)
{
    const char *result = sb_json_text_or(job, "result", "");
    const char *type = sb_json_text_or(job, "exception.type", "");
    const char *note = sb_json_text_or(job, "exception.note", "");
    const json_t *status = json_object_get(job, "waitstatus");
    const int wait = json_is_number(status) ? (int)json_number_value(status) : -1;
    const int code = wait < 0 ? -1 : WIFSIGNALED(wait) ? 128 + WTERMSIG(wait) : WEXITSTATUS(wait);
    sb_batch_ended(out, code);
    if (strcmp(result, "COMPLETED") == 0) {
        out->state = SB_JOB_DONE;
    } else if (strcmp(result, "TIMEOUT") == 0 || strcmp(type, "timeout") == 0) {
        out->state = SB_JOB_TIMED_OUT;
    } else if (strcmp(result, "CANCELED") == 0 || strcmp(type, "cancel") == 0) {
        out->state = SB_JOB_CANCELLED;
    } else if (strcmp(type, "node-failure") == 0 || (strcmp(type, "exec") == 0 && code < 0)) {
        out->state = SB_JOB_NODE_FAILED; /* lost contact, or its shell could not begin */
    } else {
        out->state = SB_JOB_FAILED;
    }
    if (*type) {
        sb_batch_words(out, "%s: %s%s%s", result, type, *note ? ": " : "", note);
    }
}

static void set_state(struct sb_placed *out, const json_t *job)
{
    const char *word = sb_json_text_or(job, "state", "");
    if (strcmp(word, "RUN") == 0 || strcmp(word, "CLEANUP") == 0) {
        out->state = SB_JOB_RUNNING;
    } else if (strcmp(word, "INACTIVE") == 0) {
        set_result(out, job);
    } else if (*word) { /* NEW, DEPEND, PRIORITY, SCHED */
        const json_t *urgency = json_object_get(job, "urgency");
        const bool held = json_is_integer(urgency) && json_integer_value(urgency) == 0;
        out->state = held ? SB_JOB_HELD : SB_JOB_QUEUED;
        sb_batch_words(out, "%s%s", word, held ? ": urgency 0 holds it" : "");
    } else {
        out->state = SB_JOB_UNKNOWN;
    }
}

static int read_job(struct sb_placed **list, int *count, const json_t *job, struct sb_error *err)
{
    struct sb_placed placed = {.exit_code = -1};
    const json_t *id = json_object_get(job, "id");
    if (!json_is_integer(id)) {
        return sb_fail(err, SB_EINFRA, "flux jobs: a job without an 'id'");
    }
    snprintf(placed.id, sizeof placed.id, "%lld", (long long)json_integer_value(id));
    snprintf(placed.tag, sizeof placed.tag, "%s", sb_json_text_or(job, "name", ""));
    set_nodes(&placed, sb_json_text_or(job, "nodelist", ""));
    set_state(&placed, job);
    return sb_batch_push(list, count, &placed, err);
}

int sb_flux_read(struct sb_placed **list, int *count, const char *text, struct sb_error *err)
{
    json_t *root = NULL;
    size_t i;
    json_t *job;
    int code = sb_batch_json(&root, text, "flux jobs", err);
    if (code == 0 && json_object_get(root, "id")) {
        code = read_job(list, count, root, err);
    }
    json_array_foreach (json_object_get(root, "jobs"), i, job) {
        code = code != 0 ? code : read_job(list, count, job, err);
    }
    json_decref(root);
    return code;
}
