/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/gridengine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text of <tag>…</tag> before @p end. What Grid Engine puts there for our jobs needs no entities. */
static bool element(char *out, size_t room, const char *from, const char *end, const char *tag)
{
    char open[64];
    snprintf(open, sizeof open, "<%s>", tag);
    const char *at = strstr(from, open);
    if (!at || at >= end) {
        out[0] = '\0';
        return false;
    }
    at += strlen(open);
    snprintf(out, room, "%.*s", (int)strcspn(at, "<"), at);
    return true;
}

/* A job's name is "sb.<tag>". */
static void set_tag(struct sb_placed *job, const char *name)
{
    snprintf(job->tag, sizeof job->tag, "%s", strncmp(name, "sb.", 3) == 0 ? name + 3 : "");
}

/* Letters of sge_status(5): several at once ("hqw", "Eqw", "dr", "Rr"). */
static void set_state(struct sb_placed *job, const char *state)
{
    job->exit_code = -1;
    if (strchr(state, 'E') || strchr(state, 'h')) {
        job->state = SB_JOB_HELD;
    } else if (strchr(state, 'q') || strpbrk(state, "sSTNP")) {
        job->state = SB_JOB_QUEUED; /* or suspended */
    } else {
        job->state = SB_JOB_RUNNING; /* r, t; d: being deleted */
    }
    job->starts = strchr(state, 'R') ? 2 : 0;
    sb_batch_words(job, "%s", strcmp(state, "r") == 0 ? "" : state);
}

int sb_gridengine_read_queue(struct sb_placed **list, int *count, const char *text,
                             struct sb_error *err)
{
    int code = 0;
    if (!strstr(text, "<job_info")) {
        return sb_fail(err, SB_EINFRA, "qstat: this is no answer of 'qstat -xml': %.80s", text);
    }
    for (const char *at = strstr(text, "<job_list"); code == 0 && at;
         at = strstr(at + 1, "<job_list")) {
        const char *end = strstr(at, "</job_list>");
        struct sb_placed job = {0};
        char value[160];
        if (!end || !element(job.id, sizeof job.id, at, end, "JB_job_number")) {
            return sb_fail(err, SB_EINFRA, "qstat: its answer is cut off");
        }
        element(value, sizeof value, at, end, "JB_name");
        set_tag(&job, value);
        element(value, sizeof value, at, end, "state");
        set_state(&job, value);
        element(value, sizeof value, at, end, "queue_name"); /* all.q@node */
        const char *node = strchr(value, '@');
        if (node) {
            sb_batch_node(&job, node + 1, strlen(node + 1));
        }
        code = sb_batch_push(list, count, &job, err);
    }
    return code;
}

/* One record of qacct, as far as it was read. */
struct accounted {
    struct sb_placed job;
    int failed, exit_status;
    double wallclock_s, limit_s;
    char words[256];
};

/* accounting(5): "failed" names what went wrong around the job; 100: it ended by a signal; 37: a limit. */
static void judge(struct accounted *it)
{
    const bool killed = it->exit_status == 128 + 9 || it->exit_status == 128 + 10;
    const bool at_limit = it->limit_s > 0 && it->wallclock_s >= it->limit_s;
    sb_batch_ended(&it->job, it->exit_status);
    if (it->failed == 37 || (killed && at_limit)) {
        it->job.state = SB_JOB_TIMED_OUT;
        sb_batch_words(&it->job, "time limit of %.0f s: failed %s", it->limit_s, it->words);
    } else if (it->failed == 100) {
        sb_batch_ended(&it->job, it->exit_status > 128 ? it->exit_status : 129);
    } else if (it->failed != 0) {
        /* before it began or around it: the scheduler's own trouble, not the runner's */
        it->job.state = SB_JOB_NODE_FAILED;
        sb_batch_words(&it->job, "failed %s", it->words);
    }
}

static void read_line(struct accounted *it, const char *key, const char *value)
{
    if (strcmp(key, "jobnumber") == 0) {
        snprintf(it->job.id, sizeof it->job.id, "%s", value);
    } else if (strcmp(key, "jobname") == 0) {
        set_tag(&it->job, value);
    } else if (strcmp(key, "hostname") == 0) {
        snprintf(it->job.node, sizeof it->job.node, "%s", value);
    } else if (strcmp(key, "failed") == 0) {
        it->failed = (int)strtol(value, NULL, 10);
        snprintf(it->words, sizeof it->words, "%s", value);
    } else if (strcmp(key, "exit_status") == 0) {
        it->exit_status = (int)strtol(value, NULL, 10);
    } else if (strcmp(key, "ru_wallclock") == 0) {
        it->wallclock_s = strtod(value, NULL);
    } else if (strcmp(key, "category") == 0) {
        const char *limit = strstr(value, "h_rt=");
        it->limit_s = limit ? strtod(limit + strlen("h_rt="), NULL) : 0;
    }
}

int sb_gridengine_read_accounting(struct sb_placed **list, int *count, const char *text,
                                  struct sb_error *err)
{
    struct accounted it = {0};
    int code = 0;
    for (const char *line = text; code == 0 && line && *line;) {
        const size_t length = strcspn(line, "\n");
        char copy[512];
        char key[32];
        int used = 0;
        snprintf(copy, sizeof copy, "%.*s", (int)length, line);
        for (size_t n = strlen(copy); n > 0 && copy[n - 1] == ' ';) {
            copy[--n] = '\0';
        }
        if (strncmp(copy, "=====", 5) == 0) {
            it = (struct accounted){0};
        } else if (sscanf(copy, "%31s %n", key, &used) == 1) {
            read_line(&it, key, copy + used);
            if (strcmp(key, "category") == 0 && it.job.id[0]) { /* the last that is needed */
                judge(&it);
                code = sb_batch_push(list, count, &it.job, err);
            }
        }
        line += length + (line[length] == '\n');
    }
    return code;
}

void sb_gridengine_read_reasons(struct sb_placed *jobs, int count, const char *text)
{
    struct sb_placed *job = NULL;
    for (const char *line = text; line && *line;) {
        const size_t length = strcspn(line, "\n");
        char id[32];
        if (sscanf(line, "job_number: %31s", id) == 1) {
            job = NULL;
            for (int i = 0; i < count; ++i) {
                job = strcmp(jobs[i].id, id) == 0 ? &jobs[i] : job;
            }
        } else if (job && job->state == SB_JOB_HELD && strncmp(line, "error reason", 12) == 0) {
            char state[16];
            const char *reason = memchr(line, ':', length);
            snprintf(state, sizeof state, "%.15s", job->words);
            reason = reason ? reason + 1 + strspn(reason + 1, " ") : line;
            sb_batch_words(job, "%s: %.*s", state, (int)(line + length - reason), reason);
        }
        line += length + (line[length] == '\n');
    }
}

void sb_gridengine_read_unreachable(struct sb_placed *jobs, int count, const char *text)
{
    for (const char *at = strstr(text, "<Queue-List>"); at; at = strstr(at + 1, "<Queue-List>")) {
        const char *end = strstr(at, "</Queue-List>");
        char name[160];
        char state[16];
        if (!end || !element(name, sizeof name, at, end, "name")) {
            return;
        }
        /* the queue instance's own state stands before its jobs */
        const char *jobs_begin = strstr(at, "<job_list");
        element(state, sizeof state, at, jobs_begin && jobs_begin < end ? jobs_begin : end,
                "state");
        const char *node = strchr(name, '@');
        for (int i = 0; node && strchr(state, 'u') && i < count; ++i) {
            if (jobs[i].state == SB_JOB_RUNNING && strcmp(jobs[i].node, node + 1) == 0) {
                jobs[i].state = SB_JOB_NODE_FAILED;
                sb_batch_words(&jobs[i],
                               "queue instance %s is in state %s: its host does not answer", name,
                               state);
            }
        }
    }
}
