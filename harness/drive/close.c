/* SPDX-License-Identifier: Apache-2.0 */
/* What the end of a job means for its cells. */
#include "harness/drive/drive.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Why, in the scheduler's words and the job's last ones. */
struct cause {
    char reason[1400];
    int begun;     /* cells that were under way */
    bool progress; /* any cell began or ended */
};

/* A launcher's line on how its task ended says less than what the task said before. */
static ssize_t without_launcher(char *text, ssize_t length)
{
    static const char launcher[] = "srun: error: ";
    for (;;) {
        while (length > 0 && text[length - 1] == '\n') {
            --length;
        }
        const char *line = length > 0 ? memrchr(text, '\n', (size_t)length) : NULL;
        if (!line || strncmp(line + 1, launcher, sizeof launcher - 1) != 0) {
            return length;
        }
        length = line - text;
    }
}

/* The last line of the job's log, where it left one; a log may be long. */
static void last_words(const struct sb_drive_job *job, char *out, size_t room)
{
    char text[2049];
    struct stat st;
    const int fd = open(job->log, O_RDONLY | O_CLOEXEC);
    ssize_t length = -1;
    out[0] = '\0';
    if (fd >= 0) {
        const off_t most = sizeof text - 1;
        const off_t from = fstat(fd, &st) == 0 && st.st_size > most ? st.st_size - most : 0;
        length = pread(fd, text, (size_t)most, from);
        close(fd);
    }
    if (length > 0) {
        text[length] = '\0';
        length = without_launcher(text, length);
    }
    if (length <= 0) {
        return;
    }
    text[length] = '\0';
    const char *line = memrchr(text, '\n', (size_t)length);
    snprintf(out, room, " (its words: %.500s)", line ? line + 1 : text);
}

static void find_cause(const struct sb_drive *d, const struct sb_drive_job *job, struct cause *out)
{
    char words[600] = "";
    const struct sb_placed *placed = &job->placed;
    *out = (struct cause){.progress = job->started > 0 || job->ended > 0};
    if (sb_job_state_is_infrastructure(placed->state)) {
        last_words(job, words, sizeof words);
    }
    const bool telling = job->attached && placed->words[0];
    snprintf(out->reason, sizeof out->reason, "%s: %s%s%s%s%s%s%s%s%s", job->scheduler->name,
             telling         ? ""
             : placed->id[0] ? "job "
                             : "",
             telling ? "" : placed->id,
             telling         ? ""
             : placed->id[0] ? " "
                             : "",
             telling ? "" : sb_job_state_text(placed->state),
             placed->words[0] && !telling ? ": " : "", placed->words,
             placed->node[0] ? ", on " : "", placed->node, words);
    sb_text_keep_utf8(out->reason);
    for (int i = 0; i < job->cell_count; ++i) {
        out->begun += d->begun[job->cell[i]];
    }
}

static bool is_open(const struct sb_drive *d, int cell)
{
    const enum sb_state state = d->folder->state[cell];
    return state == SB_STATES || (state == SB_STATE_LOST && d->again[cell]);
}

/* Back into the pool, or lost where it has come back too often. Returns 1 where it goes back. */
static int set_back(struct sb_drive *d, struct sb_drive_job *job, int cell, const char *reason,
                    struct sb_error *err)
{
    if (++d->setbacks[cell] <= job->place->retries) {
        d->again[cell] = d->folder->state[cell] == SB_STATE_LOST;
        return 1;
    }
    char text[1600];
    snprintf(text, sizeof text, "%s%s", reason,
             job->place->retries > 0 ? ", after as many retries as the place allows" : "");
    return sb_drive_decide(d, job, cell, "lost", NULL, text, err);
}

/* A limit was reached: with one cell under way it is that one's; else each is tried by itself. */
static int blame(struct sb_drive *d, struct sb_drive_job *job, int cell, const struct cause *cause,
                 const char *failure, bool had_all, struct sb_error *err)
{
    if (job->alone || (cause->begun == 1 && had_all)) {
        return sb_drive_decide(d, job, cell, "failed", failure, cause->reason, err);
    }
    d->alone[cell] = cause->begun > 1 && had_all;
    d->again[cell] = d->folder->state[cell] == SB_STATE_LOST;
    return 1;
}

/* 1: to run again; 0: it has ended; negative: an error. */
static int decide(struct sb_drive *d, struct sb_drive_job *job, int cell, const struct cause *cause,
                  struct sb_error *err)
{
    const bool begun = d->begun[cell];
    if (job->refused && job->placed.state == SB_JOB_UNKNOWN) {
        return 1; /* it never came to a node */
    }
    switch (job->placed.state) {
    case SB_JOB_TIMED_OUT: /* the first one had the whole time */
        return begun             ? blame(d, job, cell, cause, "time_limit", job->ended == 0, err)
               : cause->progress ? 1
                                 : set_back(d, job, cell, cause->reason, err);
    case SB_JOB_OUT_OF_MEMORY:
        return begun             ? blame(d, job, cell, cause, "memory", true, err)
               : cause->progress ? 1
                                 : set_back(d, job, cell, cause->reason, err);
    case SB_JOB_CANCELLED:
        return sb_drive_decide(d, job, cell, "lost", NULL, cause->reason, err);
    case SB_JOB_FAILED:
        if (job->placed.exit_code == SB_EXIT_USAGE) { /* it will not understand the job next time */
            return sb_drive_decide(d, job, cell, "lost", NULL, cause->reason, err);
        }
        break;
    default:
        break;
    }
    return begun || !cause->progress ? set_back(d, job, cell, cause->reason, err) : 1;
}

/* A runner's record of a child that was killed from outside, in a job that ran out of memory. */
static int explain_killed(struct sb_drive *d, struct sb_drive_job *job, int cell,
                          const struct cause *cause, struct sb_error *err)
{
    if (job->placed.state == SB_JOB_OUT_OF_MEMORY) {
        if (job->alone || job->cell_count == 1) {
            return sb_drive_decide(d, job, cell, "failed", "memory", cause->reason, err);
        }
        d->alone[cell] = d->again[cell] = true;
        return 1;
    }
    if (job->attached || ++d->setbacks[cell] > job->place->retries) {
        return 0; /* the record stands */
    }
    d->again[cell] = true;
    return 1;
}

/* The local scheduler's runner died with its driver, or by itself: what was under way is lost, the rest is not begun. */
static int decide_attached(struct sb_drive *d, struct sb_drive_job *job, const struct cause *cause,
                           struct sb_error *err)
{
    int code = 0;
    const bool told = job->placed.words[0] != '\0';
    for (int i = 0; code == 0 && told && i < job->cell_count; ++i) {
        if (d->begun[job->cell[i]]) {
            code = sb_drive_decide(d, job, job->cell[i], "lost", NULL, cause->reason, err);
        }
    }
    if (told) {
        snprintf(d->stopped, sizeof d->stopped, "%.800s", cause->reason);
    }
    return code;
}

static int decide_all(struct sb_drive *d, struct sb_drive_job *job, const struct cause *cause,
                      struct sb_error *err)
{
    int again = 0;
    int code = 0;
    for (int i = 0; code >= 0 && i < job->cell_count; ++i) {
        const int cell = job->cell[i];
        if (is_open(d, cell)) {
            code = decide(d, job, cell, cause, err);
        } else if (d->folder->state[cell] == SB_STATE_LOST) {
            code = explain_killed(d, job, cell, cause, err);
        } else {
            continue;
        }
        again += code == 1;
    }
    if (code >= 0 && again > 0) {
        json_t *event = json_pack("{s:s,s:s,s:i,s:s}", "event", "setback", "job", job->name,
                                  "cells", again, "reason", cause->reason);
        code = sb_folder_note(d->folder, event, false, err);
        sb_drive_say(d, "%s: %d cell%s of %s to run again: %s", job->place->name, again,
                     again > 1 ? "s" : "", job->name, cause->reason);
    }
    return code < 0 ? code : 0;
}

/* Whoever still works on it, on a node that was taken for dead, stops at its next line. */
static void take_back(const struct sb_drive_job *job)
{
    char text[700];
    const int length = snprintf(text, sizeof text, "revoked: %s %s\n",
                                sb_job_state_text(job->placed.state), job->placed.words);
    sb_fs_write(job->owner, text, length < (int)sizeof text ? (size_t)length : sizeof text - 1,
                NULL);
}

static int note_closed(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    json_t *event =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:i}", "event", "closed", "job", job->name, "state",
                  sb_job_state_text(job->placed.state), "node", job->placed.node, "words",
                  job->placed.words, "bytes", (json_int_t)job->records.read, "ended", job->ended);
    return sb_folder_note(d->folder, event, true, err);
}

static void count_bad(struct sb_drive *d, const struct sb_drive_job *job)
{
    const int place = sb_drive_place_index(d, job->place);
    const bool bad =
        !job->refused && (job->bad > 0 || sb_job_state_is_infrastructure(job->placed.state));
    struct sb_at_place *at = &d->at[place];
    at->bad += bad;
    if (job->place->stop_after_bad > 0 && !at->given_up && at->bad >= job->place->stop_after_bad) {
        at->given_up = true;
        json_t *event = json_pack("{s:s,s:s,s:i}", "event", "stopped", "place", job->place->name,
                                  "bad", at->bad);
        sb_folder_note(d->folder, event, false, NULL);
        sb_drive_say(d, "%s: no more nodes are tried after %d bad ones", job->place->name, at->bad);
    }
}

int sb_drive_close(struct sb_drive *d, struct sb_drive_job *job, const char *given_up,
                   struct sb_error *err)
{
    bool news = false;
    sb_text_keep_utf8(job->placed.words);
    sb_text_keep_utf8(job->placed.node);
    if (given_up) {
        job->scheduler->cancel(&job->placed, 1, job->place, NULL);
        job->placed.state = SB_JOB_CANCELLED;
        snprintf(job->placed.words, sizeof job->placed.words, "%s", given_up);
    }
    if (job->placed.state != SB_JOB_DONE) {
        take_back(job);
    }
    struct sb_error ignored; /* what it left is taken in as far as it can be had */
    if (job->scheduler->collect && job->placed.id[0]) {
        job->scheduler->collect(&job->placed, &job->ticket, &ignored);
    }
    int code = sb_drive_follow(d, job, &news, err);
    struct cause cause;
    find_cause(d, job, &cause);
    if (code == 0 && job->attached && job->placed.state != SB_JOB_DONE) {
        code = decide_attached(d, job, &cause, err);
    } else if (code == 0) {
        code = decide_all(d, job, &cause, err);
    }
    code = code != 0 ? code : sb_drive_sync(d, err);
    code = code != 0 ? code : note_closed(d, job, err);
    if (code == 0) {
        count_bad(d, job);
        if (job->scheduler->forget && job->placed.id[0]) {
            job->scheduler->forget(&job->placed, job->place);
        }
        sb_drive_remove_job(d, job);
    }
    return code;
}

int sb_drive_give_up_place(struct sb_drive *d, struct sb_drive_job *job, const char *reason,
                           struct sb_error *err)
{
    const struct sb_plan *plan = &d->folder->plan;
    char text[900];
    int code = 0;
    snprintf(text, sizeof text, "%s: %.800s", job->scheduler->name, reason);
    d->at[sb_drive_place_index(d, job->place)].given_up = true;
    for (int i = 0; code == 0 && i < plan->cell_count; ++i) {
        if (sb_drive_to_run(d, i) && sb_plan_place(plan, plan->cell[i].place) == job->place) {
            code = sb_drive_decide(d, job, i, "lost", NULL, text, err);
        }
    }
    return code;
}

int sb_drive_cancel_all(struct sb_drive *d, const char *why, bool only_attached,
                        struct sb_error *err)
{
    int code = 0;
    for (int i = d->job_count - 1; code == 0 && i >= 0; --i) {
        struct sb_drive_job *job = d->job[i];
        bool news = false;
        if (only_attached && !job->attached) {
            continue;
        }
        job->scheduler->cancel(&job->placed, 1, job->place, NULL);
        job->placed.state = SB_JOB_CANCELLED;
        snprintf(job->placed.words, sizeof job->placed.words, "%s", why);
        take_back(job);
        if (job->scheduler->collect && job->placed.id[0]) {
            job->scheduler->collect(&job->placed, &job->ticket, NULL);
        }
        code = sb_drive_follow(d, job, &news, err);
        code = code != 0 ? code : sb_drive_sync(d, err);
        code = code != 0 ? code : note_closed(d, job, err);
        if (code == 0 && job->scheduler->forget && job->placed.id[0]) {
            job->scheduler->forget(&job->placed, job->place);
        }
        if (code == 0) {
            sb_drive_remove_job(d, job);
        }
    }
    return code;
}
