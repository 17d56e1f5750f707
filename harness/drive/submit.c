/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/drive/drive.h"

#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REFUSALS_MOST 5

static int note_submitted(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    job->submitted_ns = sb_process_now_ns();
    json_t *event =
        json_pack("{s:s,s:s,s:s}", "event", "submitted", "job", job->name, "id", job->placed.id);
    return sb_folder_note(d->folder, event, true, err);
}

/* Files first, then the journal, then the scheduler: whatever a kill leaves, the tag finds the job again. */
static int announce(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    const struct {
        const char *path;
    } old[] = {{job->owner}, {job->events.path}}; /* of a lost journal's job of the same number */
    for (size_t i = 0; i < sizeof old / sizeof *old; ++i) {
        unlink(old[i].path);
    }
    int code = sb_drive_job_write(d, job, err);
    if (code == 0) {
        json_t *event =
            json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:i}", "event", "submitting", "job", job->name,
                      "attempt", job->attempt, "place", job->spot, "scheduler",
                      job->scheduler->name, "tag", job->tag, "cells", job->cell_count);
        code = sb_folder_note(d->folder, event, true, err);
    }
    return code;
}

/* The scheduler would not have it. Once or twice may pass; a place that refuses all is given up. */
static int refused(struct sb_drive *d, struct sb_drive_job *job, int code, const char *words,
                   struct sb_error *err)
{
    const int place = sb_drive_place_index(d, job->place);
    const bool for_good = code == SB_EABSENT || code == SB_EINVAL || code == SB_ENOTFOUND;
    snprintf(job->placed.words, sizeof job->placed.words, "%s", words);
    job->placed.state = for_good ? SB_JOB_CANCELLED : SB_JOB_UNKNOWN;
    d->refusals[place] += for_good ? REFUSALS_MOST : 1;
    if (d->refusals[place] < REFUSALS_MOST) {
        return sb_drive_close(d, job, NULL, err);
    }
    job->placed.state = SB_JOB_CANCELLED; /* asked often enough */
    char reason[700];
    snprintf(reason, sizeof reason, "%s", words);
    const int told = sb_drive_give_up_place(d, job, reason, err);
    return told != 0 ? told : sb_drive_close(d, job, NULL, err);
}

int sb_drive_submit(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    struct sb_error told = {0};
    int code = sb_drive_job_ticket(d, job, &told);
    if (code != 0) {
        return code == SB_ENOMEM ? sb_fail(err, code, "%s", told.text)
                                 : refused(d, job, code, told.text, err);
    }
    code = announce(d, job, err);
    if (code != 0) {
        return code;
    }
    job->placed.state = SB_JOB_QUEUED;
    code = job->scheduler->submit(&job->placed, &job->ticket, &told);
    snprintf(job->placed.tag, sizeof job->placed.tag, "%s", job->tag);
    if (code != 0) {
        return code == SB_ENOMEM || code == SB_EIO ? sb_fail(err, code, "%s", told.text)
                                                   : refused(d, job, code, told.text, err);
    }
    d->refusals[sb_drive_place_index(d, job->place)] = 0;
    for (int i = 0; i < d->asking_count; ++i) { /* news are to be expected */
        if (d->asking[i].scheduler == job->scheduler) {
            const unsigned long long soon = sb_process_now_ns() + 500000000U;
            d->asking[i].interval_s = 0.5;
            d->asking[i].next_ns = d->asking[i].next_ns < soon ? d->asking[i].next_ns : soon;
        }
    }
    return note_submitted(d, job, err);
}

/* What the scheduler knows of the campaign's jobs that the journal has no id for; asked once per place. */
struct known {
    struct sb_placed *job;
    int count;
    bool asked;
};

static int look_up(struct sb_drive *d, struct sb_drive_job *job, struct known *known,
                   struct sb_error *err)
{
    struct known *here = &known[sb_drive_place_index(d, job->place)];
    if (!here->asked) {
        const int code =
            job->scheduler->find(&here->job, &here->count, job->place, d->folder->plan.id, err);
        if (code != 0) {
            return sb_fail_in(err, code, "%s: what became of %s is not known", job->place->name,
                              job->name);
        }
        here->asked = true;
    }
    for (int i = 0; i < here->count; ++i) {
        if (strcmp(here->job[i].tag, job->tag) == 0) {
            job->placed = here->job[i];
            return note_submitted(d, job, err);
        }
    }
    job->placed.state = SB_JOB_UNKNOWN;
    snprintf(job->placed.words, sizeof job->placed.words, "it was never submitted");
    return 0;
}

static struct sb_drive_job *remake(struct sb_drive *d, int number, struct sb_error *err)
{
    const struct sb_folder_job *told = &d->folder->job[number - 1];
    struct sb_drive_job *job = calloc(1, sizeof *job);
    if (!job) {
        sb_fail(err, SB_ENOMEM, "out of memory");
        return NULL;
    }
    job->records.fd = job->events.fd = -1;
    job->number = number;
    job->attempt = told->attempt;
    job->spot = told->place;
    job->place = sb_plan_place(&d->folder->plan, told->place);
    job->scheduler = job->place ? sb_scheduler_find(job->place->scheduler, err) : NULL;
    char file[64];
    snprintf(file, sizeof file, "jobs/job-%d.json", number);
    int code = job->scheduler
                   ? sb_fs_join(job->file, sizeof job->file, d->folder->path, file, err)
                   : sb_fail(err, SB_ENOTFOUND, "job-%d: no place '%s'", number, told->place);
    code = code != 0 ? code : sb_drive_job_read(d, job, err);
    code = code != 0 ? code : sb_drive_job_ticket(d, job, err);
    code = code != 0 ? code : sb_drive_add_job(d, job, err);
    if (code != 0) {
        sb_drive_job_free(job);
        return NULL;
    }
    for (int i = 0; i < job->cell_count; ++i) {
        d->in_job[job->cell[i]] = true;
    }
    bool news = false;
    d->quiet = true; /* the folder knows these records */
    code = sb_drive_follow(d, job, &news, err);
    d->quiet = false;
    if (code != 0) {
        return NULL; /* it is among the live ones, and freed with them */
    }
    return job;
}

int sb_drive_adopt(struct sb_drive *d, struct sb_error *err)
{
    struct known *known = calloc((size_t)d->folder->plan.place_count + 1, sizeof *known);
    int code = known ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    for (int n = 1; code == 0 && n <= d->folder->job_count; ++n) {
        const struct sb_folder_job *told = &d->folder->job[n - 1];
        d->number = n > d->number ? n : d->number;
        if (!told->place || told->closed) {
            continue;
        }
        struct sb_drive_job *job = remake(d, n, err);
        if (!job) {
            code = err ? err->code : SB_ENOMEM;
            break;
        }
        if (told->id) {
            snprintf(job->placed.id, sizeof job->placed.id, "%s", told->id);
            job->submitted_ns = sb_process_now_ns();
        } else {
            code = look_up(d, job, known, err);
        }
        if (code == 0 && job->attached) { /* it went with its driver, or goes now */
            job->scheduler->cancel(&job->placed, 1, job->place, NULL);
            job->placed.state = SB_JOB_UNKNOWN;
            job->placed.words[0] = '\0';
        }
        if (code == 0 && sb_job_has_ended(job->placed.state)) {
            code = sb_drive_close(d, job, NULL, err);
        }
    }
    for (int i = 0; known && i < d->folder->plan.place_count; ++i) {
        free(known[i].job);
    }
    free(known);
    return code;
}
