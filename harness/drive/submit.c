/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/drive/drive.h"

#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REFUSALS_MOST 3     /* in a row, in the scheduler's own words */
#define TRIES_MOST 10       /* in a row that may pass: some five minutes */
#define SILENT_MOST_S 300.0 /* the same, where there is no answer at all */

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

/* The scheduler would not have it, by its own words: lost, and after several in a row the place is given up. */
static int refused(struct sb_drive *d, struct sb_drive_job *job, int code, const char *words,
                   struct sb_error *err)
{
    struct sb_at_place *at = &d->at[sb_drive_place_index(d, job->place)];
    snprintf(job->placed.words, sizeof job->placed.words, "%s", words);
    job->placed.state = SB_JOB_CANCELLED;
    job->refused = true;
    at->refusals += code == SB_EABSENT ? REFUSALS_MOST : 1;
    code = at->refusals < REFUSALS_MOST ? 0 : sb_drive_give_up_place(d, job, words, err);
    return code != 0 ? code : sb_drive_close(d, job, NULL, err);
}

/* A full queue, a controller that is restarted: asked again later, rarer and rarer. Nothing is held against the cells. */
static void come_back(struct sb_drive *d, struct sb_drive_job *job)
{
    struct sb_at_place *at = &d->at[sb_drive_place_index(d, job->place)];
    const int shift = at->refusals < 6 ? at->refusals : 6;
    const unsigned long long pause_ns = 1000000000ULL << shift;
    const unsigned long long most_ns = 60000000000ULL;
    at->refusals++;
    at->pause_ns = sb_process_now_ns() + (pause_ns < most_ns ? pause_ns : most_ns);
    job->refused = true;
    job->placed.state = SB_JOB_UNKNOWN;
}

/* Whether any job is known to be on its way. */
static bool any_goes_on(const struct sb_drive *d)
{
    for (int i = 0; i < d->job_count; ++i) {
        const struct sb_drive_job *job = d->job[i];
        if (!job->unsure && !job->refused && !sb_job_has_ended(job->placed.state)) {
            return true;
        }
    }
    return false;
}

/* Asked often enough, and nothing else goes on. */
static int despair(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    job->placed.state = SB_JOB_CANCELLED;
    return sb_drive_give_up_place(d, job, job->placed.words, err);
}

/* What it knows by the tag, once it has not said whether it took a job. */
static int find_tag(struct sb_drive *d, struct sb_drive_job *job, const struct sb_placed *known,
                    int count, struct sb_error *err)
{
    job->unsure = false;
    for (int i = 0; i < count; ++i) {
        if (strcmp(known[i].tag, job->tag) == 0) {
            job->placed = known[i];
            d->at[sb_drive_place_index(d, job->place)].refusals = 0;
            return note_submitted(d, job, err);
        }
    }
    come_back(d, job);
    const struct sb_at_place *at = &d->at[sb_drive_place_index(d, job->place)];
    return at->refusals >= TRIES_MOST && !any_goes_on(d) ? despair(d, job, err) : 0;
}

/* It did not answer with what it knows. SB_EINFRA: it may yet. */
static int unanswered(struct sb_drive *d, const struct sb_asking *asking,
                      const struct sb_error *told, struct sb_error *err)
{
    const double limit_s =
        asking->place->hold_limit_s > SILENT_MOST_S ? asking->place->hold_limit_s : SILENT_MOST_S;
    const unsigned long long now = sb_process_now_ns();
    if (!asking->silent_ns || (double)(now - asking->silent_ns) * 1e-9 < limit_s ||
        any_goes_on(d)) {
        return sb_fail(err, SB_EINFRA, "%s", told->text);
    }
    int code = 0;
    for (int i = 0; code == 0 && i < d->job_count; ++i) {
        struct sb_drive_job *job = d->job[i];
        if (job->unsure && sb_drive_asked_by(asking, job)) {
            job->unsure = false;
            job->refused = true;
            snprintf(job->placed.words, sizeof job->placed.words, "%s", told->text);
            code = despair(d, job, err);
        }
    }
    return code;
}

int sb_drive_settle(struct sb_drive *d, const struct sb_asking *asking, struct sb_error *err)
{
    struct sb_placed *known = NULL;
    char campaign[SB_PLAN_TAG];
    int count = 0;
    bool asked = false;
    int code = 0;
    sb_plan_tag(campaign, &d->folder->plan);
    for (int i = 0; code == 0 && i < d->job_count; ++i) {
        struct sb_drive_job *job = d->job[i];
        if (!job->unsure || !sb_drive_asked_by(asking, job)) {
            continue;
        }
        struct sb_error told = {0};
        if (!asked && job->scheduler->find(&known, &count, job->place, campaign, &told)) {
            return unanswered(d, asking, &told, err);
        }
        asked = true;
        code = find_tag(d, job, known, count, err);
    }
    free(known);
    return code;
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
    sb_drive_ask_soon(d, job);
    if (code == SB_ENOMEM || code == SB_EIO) {
        return sb_fail(err, code, "%s", told.text);
    }
    if (code == SB_EABSENT || code == SB_EINVAL || code == SB_ENOTFOUND) {
        return refused(d, job, code, told.text, err);
    }
    if (code != 0) { /* it may have it all the same: a controller that answers late */
        snprintf(job->placed.words, sizeof job->placed.words, "%s", told.text);
        job->placed.state = SB_JOB_QUEUED;
        job->placed.id[0] = '\0';
        job->unsure = true;
        sb_drive_say(d, "%s: %s was not taken: %s", job->place->name, job->name, told.text);
        struct sb_at_place *at = &d->at[sb_drive_place_index(d, job->place)];
        at->pause_ns = sb_process_now_ns() + 1000000000ULL; /* until that is known */
        return 0;
    }
    d->at[sb_drive_place_index(d, job->place)].refusals = 0;
    return note_submitted(d, job, err);
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
    int code = 0;
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
        if (job->cell_count == 0) { /* nobody knows whose its records are */
            snprintf(job->placed.id, sizeof job->placed.id, "%s", told->id ? told->id : "");
            code = sb_drive_close(d, job, "its job file cannot be read", err);
            continue;
        }
        if (told->id) {
            snprintf(job->placed.id, sizeof job->placed.id, "%s", told->id);
            job->submitted_ns = sb_process_now_ns();
        } else { /* killed between the journal and the scheduler, or before its answer */
            job->unsure = true;
            snprintf(job->placed.words, sizeof job->placed.words, "it was never submitted");
        }
        if (job->attached) { /* it went with its driver, or goes now */
            job->scheduler->cancel(&job->placed, 1, job->place, NULL);
            job->placed.state = SB_JOB_UNKNOWN;
            job->placed.words[0] = '\0';
            job->unsure = false;
        }
        if (code == 0 && sb_job_has_ended(job->placed.state)) {
            code = sb_drive_close(d, job, NULL, err);
        }
    }
    return code;
}
