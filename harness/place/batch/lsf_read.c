/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/lsf.h"

#include "harness/util/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "2*n1:n2": so many slots on each. */
static void set_nodes(struct sb_placed *out, const char *text)
{
    for (; *text; text += strcspn(text, ":"), text += *text == ':') {
        const size_t digits = strspn(text, "0123456789");
        const char *name = text[digits] == '*' ? text + digits + 1 : text;
        sb_batch_node(out, name, strcspn(name, ":"));
    }
}

/* bjobs(1), "Termination reasons displayed by bjobs". */
static const struct {
    const char *reason;
    enum sb_job_state state;
} reasons[] = {
    {"TERM_RUNLIMIT", SB_JOB_TIMED_OUT},
    {"TERM_DEADLINE", SB_JOB_TIMED_OUT},
    {"TERM_CPULIMIT", SB_JOB_TIMED_OUT},
    {"TERM_WINDOW", SB_JOB_PREEMPTED},
    {"TERM_MEMLIMIT", SB_JOB_OUT_OF_MEMORY},
    {"TERM_SWAP", SB_JOB_OUT_OF_MEMORY},
    {"TERM_PREEMPT", SB_JOB_PREEMPTED},
    {"TERM_LOAD", SB_JOB_PREEMPTED},
    {"TERM_OWNER", SB_JOB_CANCELLED},
    {"TERM_FORCE_OWNER", SB_JOB_CANCELLED},
    {"TERM_ADMIN", SB_JOB_CANCELLED},
    {"TERM_FORCE_ADMIN", SB_JOB_CANCELLED},
    {"TERM_REMOVE_HUNG_JOB", SB_JOB_NODE_FAILED},
    {"TERM_ORPHAN_SYSTEM", SB_JOB_CANCELLED},
    {"TERM_RMS", SB_JOB_NODE_FAILED},
    {"TERM_CWD_NOTEXIST", SB_JOB_NODE_FAILED},
    {"TERM_EXTERNAL_SIGNAL", SB_JOB_FAILED},
    {"TERM_UNKNOWN", SB_JOB_FAILED},
};

static void set_exit(struct sb_placed *out, const json_t *record)
{
    const char *reason = sb_json_text_or(record, "EXIT_REASON", "");
    const char *code = sb_json_text_or(record, "EXIT_CODE", "");
    sb_batch_ended(out, *code ? (int)strtol(code, NULL, 10) : -1);
    if (out->state == SB_JOB_DONE) {
        out->state = SB_JOB_FAILED; /* EXIT is no success, whatever the code */
    }
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; ++i) {
        const size_t length = strlen(reasons[i].reason);
        if (strncmp(reason, reasons[i].reason, length) == 0 &&
            !isalnum((unsigned char)reason[length]) && reason[length] != '_') {
            out->state = reasons[i].state;
        }
    }
    if (*reason) {
        sb_batch_words(out, "EXIT %s: %s", code, reason);
    }
}

static void set_state(struct sb_placed *out, const json_t *record)
{
    const char *word = sb_json_text_or(record, "STAT", "");
    const char *why = sb_json_text_or(record, "PEND_REASON", "");
    if (strcmp(word, "RUN") == 0) {
        out->state = SB_JOB_RUNNING;
    } else if (strcmp(word, "DONE") == 0) {
        sb_batch_ended(out, 0);
    } else if (strcmp(word, "EXIT") == 0) {
        set_exit(out, record);
    } else if (strcmp(word, "PSUSP") == 0) { /* suspended while it was pending */
        out->state = SB_JOB_HELD;
        sb_batch_words(out, "PSUSP%s%s", *why ? ": " : "", why);
    } else if (strcmp(word, "UNKWN") == 0 || strcmp(word, "ZOMBI") == 0) {
        out->state = SB_JOB_NODE_FAILED;
        sb_batch_words(out, "%s: its host does not answer", word);
    } else if (*word) { /* PEND, WAIT, PROV, USUSP, SSUSP */
        out->state = SB_JOB_QUEUED;
        sb_batch_words(out, "%s%s%s", word, *why ? ": " : "", why);
    } else {
        out->state = SB_JOB_UNKNOWN;
    }
}

int sb_lsf_read(struct sb_placed **list, int *count, const char *text, struct sb_error *err)
{
    json_t *root = NULL;
    size_t i;
    json_t *record;
    int code = sb_batch_json(&root, text, "bjobs", err);
    json_array_foreach (json_object_get(root, "RECORDS"), i, record) {
        if (json_object_get(record, "ERROR")) {
            continue;
        }
        struct sb_placed job = {.exit_code = -1};
        snprintf(job.id, sizeof job.id, "%s", sb_json_text_or(record, "JOBID", ""));
        snprintf(job.tag, sizeof job.tag, "%s", sb_json_text_or(record, "JOB_NAME", ""));
        set_nodes(&job, sb_json_text_or(record, "EXEC_HOST", ""));
        set_state(&job, record);
        code = sb_batch_push(list, count, &job, err);
        if (code != 0) {
            break;
        }
    }
    json_decref(root);
    return code;
}
