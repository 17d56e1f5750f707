/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/oar.h"

#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const struct {
    const char *word;
    enum sb_job_state state;
} live_states[] = {
    {"Waiting", SB_JOB_QUEUED},    {"toLaunch", SB_JOB_QUEUED},
    {"Launching", SB_JOB_QUEUED},  {"toAckReservation", SB_JOB_QUEUED},
    {"Suspended", SB_JOB_QUEUED},  {"Resuming", SB_JOB_QUEUED},
    {"Hold", SB_JOB_HELD},         {"Running", SB_JOB_RUNNING},
    {"Finishing", SB_JOB_RUNNING},
};

/* The event of @p type among the job's, or NULL. */
static const json_t *event_of(const json_t *job, const char *type)
{
    size_t i;
    json_t *event;
    json_array_foreach (json_object_get(job, "events"), i, event) {
        if (strcmp(sb_json_text_or(event, "type", ""), type) == 0) {
            return event;
        }
    }
    return NULL;
}

/* The first event that is no step of an ordinary life: it says what went wrong. */
static const json_t *trouble(const json_t *job)
{
    size_t i;
    json_t *event;
    json_array_foreach (json_object_get(job, "events"), i, event) {
        if (strncmp(sb_json_text_or(event, "type", "SWITCH_INTO"), "SWITCH_INTO", 11) != 0) {
            return event;
        }
    }
    return NULL;
}

static void set_event(struct sb_placed *out, enum sb_job_state state, const json_t *event)
{
    out->state = state;
    sb_batch_words(out, "%s: %s", sb_json_text_or(event, "type", "Error"),
                   sb_json_text_or(event, "description", ""));
}

/* Terminated: its command came to an end. Before that end or instead of it, events tell of limits and people. */
static void set_terminated(struct sb_placed *out, const json_t *job)
{
    const json_t *code = json_object_get(job, "exit_code");
    const json_t *limit = event_of(job, "WALLTIME");
    if (json_is_integer(code)) {
        const int status = (int)json_integer_value(code);
        sb_batch_ended(out, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    } else {
        out->state = SB_JOB_FAILED;
        sb_batch_words(out, "Terminated without an exit code");
    }
    if (limit && out->state == SB_JOB_FAILED) {
        set_event(out, SB_JOB_TIMED_OUT, limit);
    }
}

static void set_error(struct sb_placed *out, const json_t *job)
{
    const json_t *limit = event_of(job, "WALLTIME");
    const json_t *person = event_of(job, "FRAG_JOB_REQUEST");
    const json_t *other = trouble(job);
    if (limit) {
        set_event(out, SB_JOB_TIMED_OUT, limit);
    } else if (person) {
        set_event(out, SB_JOB_CANCELLED, person);
    } else if (event_of(job, "BESTEFFORT_KILL")) {
        set_event(out, SB_JOB_PREEMPTED, event_of(job, "BESTEFFORT_KILL"));
    } else if (other) {
        set_event(out, SB_JOB_NODE_FAILED, other);
    } else {
        out->state = SB_JOB_NODE_FAILED;
        sb_batch_words(out, "Error: %s", sb_json_text_or(job, "message", ""));
    }
}

static void set_state(struct sb_placed *out, const json_t *job)
{
    const char *word = sb_json_text_or(job, "state", "");
    for (size_t i = 0; i < sizeof live_states / sizeof *live_states; ++i) {
        if (strcmp(word, live_states[i].word) == 0) {
            out->state = live_states[i].state;
            sb_batch_words(out, "%s%s%s", out->state == SB_JOB_RUNNING ? "" : word,
                           out->state == SB_JOB_HELD ? ": " : "",
                           out->state == SB_JOB_HELD ? sb_json_text_or(job, "message", "") : "");
            return;
        }
    }
    if (strcmp(word, "Terminated") == 0) {
        set_terminated(out, job);
    } else if (strcmp(word, "Error") == 0 || strcmp(word, "toError") == 0) {
        set_error(out, job);
    } else {
        out->state = SB_JOB_UNKNOWN;
        sb_batch_words(out, "a state that OAR's manual does not name: '%s'", word);
    }
}

int sb_oar_read(struct sb_placed **list, int *count, const char *text, struct sb_error *err)
{
    json_t *jobs = NULL;
    const char *id;
    json_t *job;
    int code = sb_batch_json(&jobs, text, "oarstat", err);
    json_object_foreach (jobs, id, job) {
        struct sb_placed placed = {.exit_code = -1};
        size_t i;
        json_t *node;
        snprintf(placed.id, sizeof placed.id, "%s", id);
        snprintf(placed.tag, sizeof placed.tag, "%s", sb_json_text_or(job, "name", ""));
        json_array_foreach (json_object_get(job, "assigned_network_address"), i, node) {
            const char *name = json_string_value(node);
            if (name) {
                sb_batch_node(&placed, name, strlen(name));
            }
        }
        set_state(&placed, job);
        code = sb_batch_push(list, count, &placed, err);
        if (code != 0) {
            break;
        }
    }
    json_decref(jobs);
    return code;
}
