/* SPDX-License-Identifier: Apache-2.0 */
/**
 * For tests of harness/drive: a scheduler that does what a script says, and a clock that jumps instead of waiting.
 *
 * A script has a part for each job in the order of submission, apart by ';'; the last one serves all further jobs. Tokens:
 *   -I -V -A   submit() fails: SB_EINFRA, SB_EINVAL, SB_EABSENT           -S  the same, but the job is there all the same
 *   -k -K      the driver is killed in submit(), before and after the scheduler has the job
 *   s1 r1 w1 l1  the runner says that cell 1 of the job started, passed, was wrong, was lost      d1  passed, once more
 *   a  runs all cells that have not ended    t  half a line    x  a line that is no record    y  one of no cell    c  cuts half a line
 *   o  the runner of the job before writes, late, that its cell 0 was wrong     e  the job leaves its mark that its runner ended
 *   Q H R D F T M C N P E U   the state to answer with (queued, held, running, done, failed, timed out, out of memory, cancelled,
 *      node failed, preempted, evicted, unknown); "F2" with exit code 2, "N:words"; ends the poll; the last one stays
 *   !  no answer to this question          K  the driver is killed in it
 */
#ifndef SB_TEST_SCRIPTED_H
#define SB_TEST_SCRIPTED_H

#include "harness/drive/watch.h"
#include "harness/util/fs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SCRIPTED_JOBS 200
#define SCRIPTED_KILLED 9

struct scripted_job {
    bool known, cancelled, left;
    const char *at; /* in the script */
    char tag[128], file[600], records[600], events[600];
    struct sb_placed last;
};

/** Survives the driver: shared memory. */
struct scripted {
    const char *script;
    struct scripted_job job[SCRIPTED_JOBS];
    int count, live_most, questions, finds;
    int finds_fail; /* so many times */
    unsigned long long now_ns;
    int code;
    char text[1024];
};

static struct scripted *scripted;

unsigned long long __wrap_sb_process_now_ns(void);
void __wrap_sb_drive_watch_wait(struct sb_drive_watch *watch, unsigned long long until_ns);
const struct sb_scheduler *__wrap_sb_scheduler_find(const char *name, struct sb_error *err);

unsigned long long __wrap_sb_process_now_ns(void)
{
    return scripted->now_ns += 1000;
}

void __wrap_sb_drive_watch_wait(struct sb_drive_watch *watch, unsigned long long until_ns)
{
    const unsigned long long sweep = watch->swept_ns + 1000000000ULL;
    const unsigned long long until = sweep < until_ns ? sweep : until_ns;
    scripted->now_ns = until > scripted->now_ns ? until : scripted->now_ns + 1000000;
}

static void scripted_append(const char *path, const char *text, size_t length)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, length) != (ssize_t)length || close(fd) != 0) {
        abort();
    }
}

static json_t *scripted_cells(const struct scripted_job *job, json_t **out_file)
{
    *out_file = json_load_file(job->file, 0, NULL);
    json_t *cells = json_object_get(*out_file, "cells");
    if (!cells) {
        abort();
    }
    return cells;
}

static void scripted_record(const struct scripted_job *job, size_t cell, const char *state)
{
    json_t *file = NULL;
    json_t *cells = scripted_cells(job, &file);
    json_t *record = json_pack("{s:i,s:s,s:s,s:s,s:i,s:s,s:s?,s:s?}", "schema_version", 1, "name",
                               "n", "campaign", "k", "job", "j", "attempt", 1, "state", state,
                               "reason", NULL, "failure", NULL);
    json_object_update_missing(record, json_array_get(cells, cell));
    char *line = json_dumps(record, JSON_COMPACT);
    scripted_append(job->records, line, strlen(line));
    scripted_append(job->records, "\n", 1);
    free(line);
    json_decref(record);
    json_decref(file);
}

static void scripted_started(const struct scripted_job *job, size_t cell)
{
    json_t *file = NULL;
    json_t *cells = scripted_cells(job, &file);
    char line[128];
    const int length =
        snprintf(line, sizeof line, "{\"event\":\"started\",\"cell\":\"%s\"}\n",
                 json_string_value(json_object_get(json_array_get(cells, cell), "cell")));
    scripted_append(job->events, line, (size_t)length);
    json_decref(file);
}

/* As the runner does: what has a record is not run again. */
static void scripted_all(const struct scripted_job *job)
{
    json_t *file = NULL;
    json_t *cells = scripted_cells(job, &file);
    char *text = NULL;
    size_t length = 0;
    sb_fs_read(&text, &length, job->records, NULL);
    for (size_t i = 0; i < json_array_size(cells); ++i) {
        const char *id = json_string_value(json_object_get(json_array_get(cells, i), "cell"));
        if (!text || !strstr(text, id)) {
            scripted_started(job, i);
            scripted_record(job, i, "passed");
        }
    }
    free(text);
    json_decref(file);
}

static void scripted_cut(const struct scripted_job *job)
{
    off_t whole = 0;
    const int fd = open(job->records, O_RDWR | O_CLOEXEC);
    if (fd < 0 || sb_fs_cut_torn(&whole, fd, job->records, NULL) != 0 || close(fd) != 0) {
        abort();
    }
}

static void scripted_does(struct scripted_job *job, const char *token)
{
    const size_t cell = strtoul(token + 1, NULL, 10);
    switch (token[0]) {
    case 's':
        scripted_started(job, cell);
        break;
    case 'r':
    case 'd':
        scripted_record(job, cell, "passed");
        break;
    case 'w':
        scripted_record(job, cell, "wrong");
        break;
    case 'l':
        scripted_record(job, cell, "lost");
        break;
    case 'a':
        scripted_all(job);
        break;
    case 't':
        scripted_append(job->records, "{\"schema_version\":1,\"cell\":\"ab", 27);
        break;
    case 'c':
        scripted_cut(job);
        break;
    case 'x':
        scripted_append(job->records, "\xff{]} no record\n", 15);
        break;
    case 'y':
        scripted_append(job->records, "{\"cell\":\"x\",\"state\":\"passed\"}\n", 30);
        break;
    case 'e':
        job->left = true;
        break;
    case 'o':
        scripted_record(job - 1, 0, "wrong");
        break;
    default:
        abort();
    }
}

static const char scripted_letters[SB_JOB_STATES] = {
    [SB_JOB_QUEUED] = 'Q',        [SB_JOB_HELD] = 'H',      [SB_JOB_RUNNING] = 'R',
    [SB_JOB_DONE] = 'D',          [SB_JOB_FAILED] = 'F',    [SB_JOB_TIMED_OUT] = 'T',
    [SB_JOB_OUT_OF_MEMORY] = 'M', [SB_JOB_CANCELLED] = 'C', [SB_JOB_NODE_FAILED] = 'N',
    [SB_JOB_PREEMPTED] = 'P',     [SB_JOB_EVICTED] = 'E',   [SB_JOB_UNKNOWN] = 'U'};

static bool scripted_state(struct scripted_job *job, const char *token)
{
    const char *letter = memchr(scripted_letters, token[0], SB_JOB_STATES);
    if (!letter) {
        return false;
    }
    job->last.state = (enum sb_job_state)(letter - scripted_letters);
    job->last.exit_code = token[1] >= '0' && token[1] <= '9' ? token[1] - '0' : -1;
    const char *words = strchr(token, ':');
    snprintf(job->last.words, sizeof job->last.words, "%s", words ? words + 1 : "");
    snprintf(job->last.node, sizeof job->last.node, "%s", token[0] == 'Q' ? "" : "n1");
    return true;
}

/* The next token, "" at the end of the job's part. */
static void scripted_token(struct scripted_job *job, char *out, size_t room)
{
    job->at += strspn(job->at, " ");
    const size_t length = strcspn(job->at, " ;");
    snprintf(out, room, "%.*s", (int)length, job->at);
    job->at += length;
}

/* Plays one poll; SB_EINFRA where the script says so. */
static int scripted_play(struct scripted_job *job)
{
    char token[64];
    for (;;) {
        scripted_token(job, token, sizeof token);
        if (token[0] == '\0') {
            return 0;
        }
        if (token[0] == '!') {
            return SB_EINFRA;
        }
        if (token[0] == 'K') {
            _exit(SCRIPTED_KILLED);
        }
        if (scripted_state(job, token)) {
            return 0;
        }
        scripted_does(job, token);
    }
}

static int scripted_submit(struct sb_placed *out, const struct sb_ticket *ticket,
                           struct sb_error *err)
{
    if (scripted->count == SCRIPTED_JOBS) {
        fprintf(stderr, "too many jobs\n");
        abort();
    }
    struct scripted_job *job = &scripted->job[scripted->count++];
    job->at = scripted->script;
    for (int i = 1; i < scripted->count && strchr(job->at, ';'); ++i) {
        job->at = strchr(job->at, ';') + 1;
    }
    snprintf(job->tag, sizeof job->tag, "%s", ticket->tag);
    snprintf(job->file, sizeof job->file, "%s", ticket->job);
    snprintf(job->records, sizeof job->records, "%s", ticket->records);
    snprintf(job->events, sizeof job->events, "%s", ticket->events);
    snprintf(job->last.tag, sizeof job->last.tag, "%s", ticket->tag);
    snprintf(job->last.id, sizeof job->last.id, "%d", scripted->count);
    char token[64] = "";
    if (job->at[strspn(job->at, " ")] == '-') {
        scripted_token(job, token, sizeof token);
    }
    if (strcmp(token, "-k") == 0) {
        _exit(SCRIPTED_KILLED);
    }
    job->known = token[0] == '\0' || token[1] == 'S' || token[1] == 'K';
    if (strcmp(token, "-K") == 0) {
        _exit(SCRIPTED_KILLED);
    }
    int live = 0;
    for (int i = 0; i < scripted->count; ++i) {
        live += scripted->job[i].known && !sb_job_has_ended(scripted->job[i].last.state);
    }
    scripted->live_most = live > scripted->live_most ? live : scripted->live_most;
    switch (token[1]) {
    case 'V':
        return sb_fail(err, SB_EINVAL, "invalid partition");
    case 'A':
        return sb_fail(err, SB_EABSENT, "no sbatch here");
    case 'I':
    case 'S':
        return sb_fail(err, SB_EINFRA, "the controller does not answer");
    default:
        snprintf(out->id, sizeof out->id, "%s", job->last.id);
        return 0;
    }
}

static int scripted_find(struct sb_placed **out, int *count, const struct sb_place *place,
                         const char *campaign, struct sb_error *err)
{
    (void)place;
    if (++scripted->finds > 2000) {
        fprintf(stderr, "no end: '%s'\n", scripted->script);
        abort();
    }
    if (scripted->finds_fail > 0) {
        scripted->finds_fail--;
        return sb_fail(err, SB_EINFRA, "the controller does not answer");
    }
    *out = calloc(SCRIPTED_JOBS, sizeof **out);
    *count = 0;
    for (int i = 0; i < scripted->count; ++i) {
        if (scripted->job[i].known &&
            strncmp(scripted->job[i].tag, campaign, strlen(campaign)) == 0) {
            (*out)[(*count)++] = scripted->job[i].last;
        }
    }
    return 0;
}

static int scripted_poll(struct sb_placed *jobs, int count, const struct sb_place *place,
                         struct sb_error *err)
{
    (void)place;
    if (++scripted->questions > 2000) {
        fprintf(stderr, "no end: '%s'\n", scripted->script);
        abort();
    }
    int code = 0;
    for (int i = 0; i < count; ++i) {
        const int at = atoi(jobs[i].id) - 1;
        struct scripted_job *job = at >= 0 && at < scripted->count ? &scripted->job[at] : NULL;
        if (!job || !job->known) {
            jobs[i].state = SB_JOB_UNKNOWN;
            continue;
        }
        code = job->cancelled || sb_job_has_ended(job->last.state) ? code : scripted_play(job);
        if (code != 0) {
            return sb_fail(err, code, "the controller does not answer");
        }
        jobs[i] = job->last;
    }
    return 0;
}

static int scripted_cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                           struct sb_error *err)
{
    (void)place;
    (void)err;
    for (int i = 0; i < count; ++i) {
        const int at = atoi(jobs[i].id) - 1;
        if (at >= 0 && at < scripted->count) {
            scripted->job[at].cancelled = true;
            scripted->job[at].last.state = SB_JOB_CANCELLED;
        }
    }
    return 0;
}

static bool scripted_has_left(struct sb_placed *job)
{
    const int at = atoi(job->id) - 1;
    const bool left = at >= 0 && at < scripted->count && scripted->job[at].left;
    job->state = left ? SB_JOB_DONE : job->state;
    return left;
}

static int scripted_show(char **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    *out = strdup(ticket->tag);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

static const struct sb_scheduler scripted_scheduler = {
    .name = "scripted",
    .title = "what the test says",
    .poll_s = 1,
    .show = scripted_show,
    .submit = scripted_submit,
    .find = scripted_find,
    .poll = scripted_poll,
    .has_left = scripted_has_left,
    .cancel = scripted_cancel,
};

const struct sb_scheduler *__wrap_sb_scheduler_find(const char *name, struct sb_error *err)
{
    (void)name;
    (void)err;
    return &scripted_scheduler;
}

static void scripted_begin(const char *script, int finds_fail)
{
    if (!scripted) {
        scripted =
            mmap(NULL, sizeof *scripted, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    }
    if (scripted == MAP_FAILED) {
        abort();
    }
    memset(scripted, 0, sizeof *scripted);
    scripted->script = script;
    scripted->finds_fail = finds_fail;
    scripted->now_ns = 1000000000000ULL;
}

#endif
