/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's loop: harness/drive/drive.h says what each part does. */
#include "harness/pipeline.h"

#include "harness/drive/drive.h"
#include "harness/drive/watch.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUBMITS_MOST 16 /* before records are looked at again */
/* for records of a job that has ended to be seen here (NFS: some seconds) */
#define GRACE_NS 20000000000ULL
#define HOUSEKEEPING_NS ((unsigned long long)SB_LEASE_RENEW_S * 1000000000ULL)

struct loop {
    struct sb_drive d;
    struct sb_drive_watch watch;
    unsigned long long kept_ns; /* when the lease was last renewed */
    int made;                   /* jobs, in the last round */
    bool idle;                  /* then none was live and none was to be made */
};

static int make_jobs(struct loop *l, struct sb_error *err)
{
    struct sb_drive *d = &l->d;
    int code = 0;
    l->made = 0;
    l->idle = d->stopped[0] && d->job_count == 0;
    while (code == 0 && !d->stopped[0] && l->made < SUBMITS_MOST && !sb_drive_watch_signal()) {
        struct sb_error told = {0};
        struct sb_drive_job *job = sb_drive_next_job(d, &told);
        if (!job) {
            l->idle = d->job_count == 0 && sb_drive_paused_until(d) == 0;
            return told.code ? sb_fail(err, told.code, "%s", told.text) : 0;
        }
        ++l->made;
        code = sb_drive_submit(d, job, err);
    }
    return code;
}

static int collect(struct sb_drive *d, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < d->job_count; ++i) {
        struct sb_drive_job *job = d->job[i];
        struct sb_error told;
        /* after the end again, where the scheduler did not answer */
        const bool more = job->placed.state == SB_JOB_RUNNING ||
                          (job->placed.state == SB_JOB_DONE && job->ended < job->cell_count);
        if (more && job->scheduler->collect &&
            job->scheduler->collect(&job->placed, &job->ticket, &told) == SB_EIO) {
            code = sb_fail(err, SB_EIO, "%s",
                           told.text); /* the disk is full: ours, not the scheduler's */
        }
    }
    return code;
}

static const char *why_given_up(struct sb_drive_job *job, char *words, size_t room)
{
    const unsigned long long now = sb_process_now_ns();
    const struct sb_place *place = job->place;
    if (job->held_ns && (double)(now - job->held_ns) * 1e-9 > place->hold_limit_s) {
        snprintf(words, room, "held for more than %g s: %s", place->hold_limit_s,
                 job->placed.words[0] ? job->placed.words : "no reason told");
        return words;
    }
    if (place->queue_limit_s > 0 && job->placed.state == SB_JOB_QUEUED &&
        (double)(now - job->submitted_ns) * 1e-9 > place->queue_limit_s) {
        snprintf(words, room, "queued for more than %g s%s%s", place->queue_limit_s,
                 job->placed.words[0] ? ": " : "", job->placed.words);
        return words;
    }
    if (job->ended < job->cell_count || job->attached || sb_job_has_ended(job->placed.state)) {
        job->whole_ns = 0;
        return NULL;
    }
    job->whole_ns = job->whole_ns ? job->whole_ns : now;
    if ((double)(now - job->whole_ns) * 1e-9 <= place->hold_limit_s) {
        return NULL;
    }
    snprintf(words, room, "its cells had all ended, and %s still called it %s %g s later",
             job->scheduler->name, sb_job_state_text(job->placed.state), place->hold_limit_s);
    return words;
}

/* Whether nothing more is to come from it. */
static bool is_over(struct sb_drive_job *job)
{
    if (!sb_job_has_ended(job->placed.state)) {
        return false;
    }
    job->done_ns = job->done_ns ? job->done_ns : sb_process_now_ns();
    return job->placed.state != SB_JOB_DONE || job->attached || job->ended >= job->cell_count ||
           sb_process_now_ns() > job->done_ns + GRACE_NS;
}

/* Its own word is enough where no cell's verdict hangs on how it ended: why one failed the scheduler may know better. */
static void look_for_mark(struct sb_drive *d, struct sb_drive_job *job)
{
    bool settled = !sb_job_has_ended(job->placed.state) && !job->unsure &&
                   job->ended >= job->cell_count && job->scheduler->has_left;
    for (int i = 0; settled && i < job->cell_count; ++i) {
        const enum sb_state state = d->folder->state[job->cell[i]];
        settled = state != SB_STATES && state != SB_STATE_LOST && state != SB_STATE_FAILED;
    }
    job->placed.folder = d->folder->path;
    if (settled && job->scheduler->has_left(&job->placed)) {
        job->done_ns = sb_process_now_ns();
    }
}

static int close_jobs(struct sb_drive *d, struct sb_error *err)
{
    int code = 0;
    for (int i = d->job_count - 1; code == 0 && i >= 0; --i) {
        struct sb_drive_job *job = d->job[i];
        char words[600];
        look_for_mark(d, job);
        if (sb_job_has_ended(job->placed.state) && !job->done_ns) {
            bool news = false;
            if (job->scheduler->collect) {
                job->scheduler->collect(&job->placed, &job->ticket, NULL);
            }
            code = sb_drive_follow(d, job, &news, err); /* so that its cells are counted */
        }
        const char *given_up = code == 0 ? why_given_up(job, words, sizeof words) : NULL;
        if (code == 0 && (given_up || is_over(job))) {
            code = sb_drive_close(d, job, given_up, err);
        }
    }
    return code;
}

static bool cancel_asked(const struct sb_drive *d)
{
    char path[PATH_MAX];
    return sb_fs_join(path, sizeof path, d->folder->path, SB_CANCEL_FILE, NULL) == 0 &&
           unlink(path) == 0;
}

/* The lease, and what another process asks for through the folder. */
static int keep_house(struct loop *l, struct sb_error *err)
{
    const unsigned long long now = sb_process_now_ns();
    if (cancel_asked(&l->d)) {
        const int code = sb_drive_cancel_all(&l->d, "by 'switchbench cancel'", false, err);
        return code != 0 ? code
                         : sb_fail(err, SB_EINFRA,
                                   "cancelled: 'switchbench resume %s' goes on where it stopped",
                                   l->d.folder->path);
    }
    if (now < l->kept_ns + HOUSEKEEPING_NS) {
        return 0;
    }
    l->kept_ns = now;
    return sb_lease_renew(&l->d.lease, l->d.folder->path, err);
}

static int interrupted(struct sb_drive *d, struct sb_error *err)
{
    const char *goes_on = "";
    const int code = sb_drive_cancel_all(d, "the driver was interrupted", true, err);
    if (d->job_count > 0) {
        goes_on = "; jobs that were submitted go on, 'switchbench cancel' ends them";
    }
    return code != 0 ? code
                     : sb_fail(err, SB_EINFRA,
                               "interrupted: 'switchbench resume %s' goes on where it stopped%s",
                               d->folder->path, goes_on);
}

static int turn(struct loop *l, struct sb_error *err)
{
    struct sb_drive *d = &l->d;
    if (sb_drive_watch_signal()) {
        return interrupted(d, err);
    }
    const bool child = sb_drive_watch_child();
    int code = make_jobs(l, err);
    code = code != 0 ? code : sb_drive_watch_follow(&l->watch, d, err);
    code = code != 0 ? code : sb_drive_sync(d, err);
    const bool due = sb_drive_next_question(d) <= sb_process_now_ns();
    code = code != 0 || !(due || child) ? code : sb_drive_ask(d, child, err);
    code = code != 0 || !due ? code : collect(d, err);
    code = code != 0 ? code : close_jobs(d, err);
    code = code != 0 ? code : sb_drive_sync(d, err);
    return code != 0 ? code : keep_house(l, err);
}

static int drive(struct loop *l, struct sb_error *err)
{
    struct sb_drive *d = &l->d;
    int code = sb_drive_adopt(d, err);
    code = code != 0 ? code
                     : keep_house(l, err); /* asked to cancel, nothing is to be submitted first */
    while (code == 0 && !l->idle) {
        code = turn(l, err);
        /* with no job at all there is a place to be tried again, or nothing to wait for */
        const unsigned long long pause = d->job_count ? 0 : sb_drive_paused_until(d);
        if (code == 0 && (pause || (d->job_count && l->made < SUBMITS_MOST))) {
            sb_drive_watch_wait(&l->watch, pause ? pause : sb_drive_next_question(d));
        }
    }
    if (code == 0 && d->stopped[0]) {
        code = sb_fail(err, SB_EINFRA, "%s: 'switchbench resume %s' goes on where it stopped",
                       d->stopped, d->folder->path);
    }
    return code;
}

static bool anything_left(const struct sb_folder *folder)
{
    bool left = folder->counts[SB_STATE_LOST] > 0 || folder->ended < folder->plan.cell_count;
    for (int i = 0; i < folder->job_count; ++i) {
        left = left || (folder->job[i].place && !folder->job[i].closed);
    }
    return left;
}

int sb_pipeline_run(struct sb_folder *folder, const struct sb_progress *progress,
                    struct sb_error *err)
{
    struct loop l = {.d = {.folder = folder, .progress = progress, .attempt = folder->attempt + 1}};
    if (!anything_left(folder)) {
        return 0;
    }
    int code = sb_lease_take(&l.d.lease, folder->path, err);
    if (code != 0) {
        return code;
    }
    code = sb_drive_init(&l.d, err);
    code = code != 0 ? code : sb_drive_watch_begin(&l.watch, &l.d, err);
    code = code != 0 ? code : drive(&l, err);
    if (code != 0) { /* what dies with us dies now; the rest is found again by its tag */
        struct sb_error unused;
        sb_drive_cancel_all(&l.d, "the driver stopped", true, &unused);
    }
    json_t *event =
        code == 0 ? json_pack("{s:s,s:i}", "event", "finished", "ended", folder->ended)
                  : json_pack("{s:s,s:s}", "event", "interrupted", "reason", err ? err->text : "");
    const int told = sb_folder_note(folder, event, true, code == 0 ? err : NULL);
    folder->attempt = l.d.attempt;
    sb_drive_watch_end(&l.watch);
    sb_lease_drop(&l.d.lease, folder->path);
    sb_drive_fini(&l.d);
    return code != 0 ? code : told;
}
