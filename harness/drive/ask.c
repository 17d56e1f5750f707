/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/drive/drive.h"

#include "harness/util/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_USUAL_S 2.0
#define SILENCE_MOST 60.0 /* between two questions to a scheduler that does not answer */

static unsigned long long ns(double s)
{
    return (unsigned long long)(s * 1e9);
}

bool sb_drive_asked_by(const struct sb_asking *asking, const struct sb_drive_job *job)
{
    const char *a = asking->place->account_file;
    const char *b = job->place->account_file;
    const bool reached = !asking->scheduler->asks_by_place || asking->place == job->place;
    return asking->scheduler == job->scheduler && reached &&
           (a == b || (a && b && strcmp(a, b) == 0));
}

int sb_drive_expect(struct sb_drive *d, const struct sb_drive_job *job, struct sb_error *err)
{
    for (int i = 0; i < d->asking_count; ++i) {
        if (sb_drive_asked_by(&d->asking[i], job)) {
            return 0;
        }
    }
    struct sb_asking *more = realloc(d->asking, ((size_t)d->asking_count + 1) * sizeof *more);
    if (!more) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    d->asking = more;
    d->asking[d->asking_count++] = (struct sb_asking){
        .scheduler = job->scheduler, .place = job->place, .interval_s = 0.2, .next_ns = 0};
    return 0;
}

/* The journal hears of changes alone. */
static int note_change(struct sb_drive *d, struct sb_drive_job *job, const struct sb_placed *now,
                       bool *changed, struct sb_error *err)
{
    struct sb_placed *before = &job->placed;
    const bool differs = before->state != now->state || strcmp(before->node, now->node) != 0 ||
                         (now->state != SB_JOB_RUNNING && strcmp(before->words, now->words) != 0);
    const unsigned long long at = sb_process_now_ns();
    job->held_ns = now->state != SB_JOB_HELD ? 0 : job->held_ns ? job->held_ns : at;
    *before = *now;
    if (!differs) {
        return 0;
    }
    *changed = true;
    if (!job->attached) {
        sb_drive_say(d, "%s: %s %s%s%s%s%s", job->place->name, job->name,
                     sb_job_state_text(now->state), now->node[0] ? " on " : "", now->node,
                     now->words[0] ? ": " : "", now->words);
    }
    json_t *event =
        json_pack("{s:s,s:s,s:s,s:s,s:s}", "event", "job", "job", job->name, "state",
                  sb_job_state_text(now->state), "node", now->node, "words", now->words);
    return sb_folder_note(d->folder, event, false, err);
}

static int question(struct sb_drive *d, struct sb_asking *asking, struct sb_error *err)
{
    struct sb_placed *jobs = calloc((size_t)d->job_count + 1, sizeof *jobs);
    struct sb_drive_job **of = calloc((size_t)d->job_count + 1, sizeof(struct sb_drive_job *));
    int count = 0;
    int code = jobs && of ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    for (int i = 0; code == 0 && i < d->job_count; ++i) {
        if (sb_drive_asked_by(asking, d->job[i]) && !d->job[i]->unsure &&
            !sb_job_has_ended(d->job[i]->placed.state)) {
            of[count] = d->job[i];
            jobs[count] = d->job[i]->placed;
            jobs[count++].folder = d->folder->path;
        }
    }
    struct sb_error told = {0};
    bool changed = false;
    const unsigned long long before = sb_process_now_ns();
    int answer = code == 0 ? sb_drive_settle(d, asking, &told) : 0;
    if (answer != 0 && answer != SB_EINFRA) {
        code = sb_fail(err, answer, "%s", told.text);
    }
    if (code == 0 && answer == 0 && count > 0) {
        answer = asking->scheduler->poll(jobs, count, asking->place, &told);
        for (int i = 0; i < count; ++i) {
            sb_text_keep_utf8(jobs[i].node);
            sb_text_keep_utf8(jobs[i].words);
        }
        for (int i = 0; answer == 0 && code == 0 && i < count; ++i) {
            code = note_change(d, of[i], &jobs[i], &changed, err);
        }
    }
    asking->failures = answer == 0 ? 0 : asking->failures + 1;
    asking->silent_ns = answer == 0 ? 0 : asking->silent_ns ? asking->silent_ns : before;
    if (asking->failures == 3) {
        sb_drive_say(d, "%s: does not answer: %s", asking->place->name, told.text);
    }
    /* slower while nothing changes, and never more than a tenth of the scheduler's time */
    const double usual = asking->place->poll_s > 0       ? asking->place->poll_s
                         : asking->scheduler->poll_s > 0 ? asking->scheduler->poll_s
                                                         : POLL_USUAL_S;
    const double took = (double)(sb_process_now_ns() - before) * 1e-9;
    const double most = asking->failures ? SILENCE_MOST : 5 * usual;
    asking->interval_s = changed ? usual / 2 : asking->interval_s * 1.4;
    asking->interval_s = asking->interval_s > most ? most : asking->interval_s;
    asking->interval_s = asking->interval_s < 10 * took ? 10 * took : asking->interval_s;
    asking->next_ns = sb_process_now_ns() + ns(asking->interval_s);
    free(jobs);
    free(of);
    return code;
}

int sb_drive_ask(struct sb_drive *d, bool children, struct sb_error *err)
{
    int code = 0;
    const unsigned long long now = sb_process_now_ns();
    for (int i = 0; code == 0 && i < d->asking_count; ++i) {
        if ((children && d->asking[i].scheduler->attached) || d->asking[i].next_ns <= now) {
            code = question(d, &d->asking[i], err);
        }
    }
    return code;
}

unsigned long long sb_drive_next_question(const struct sb_drive *d)
{
    unsigned long long next = sb_process_now_ns() + ns(POLL_USUAL_S);
    for (int i = 0; i < d->asking_count; ++i) {
        next = d->asking[i].next_ns < next ? d->asking[i].next_ns : next;
    }
    return next;
}

void sb_drive_ask_soon(struct sb_drive *d, const struct sb_drive_job *job)
{
    for (int i = 0; i < d->asking_count; ++i) {
        if (d->asking[i].scheduler == job->scheduler) {
            const unsigned long long soon = sb_process_now_ns() + 500000000U;
            const unsigned long long next = d->asking[i].next_ns; /* 0: never asked */
            d->asking[i].interval_s = 0.5;
            d->asking[i].next_ns = next > 0 && next < soon ? next : soon;
        }
    }
}
