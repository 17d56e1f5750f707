/* SPDX-License-Identifier: Apache-2.0 */
/* A scheduler's answer against the jobs that were asked for. What must be remembered between two polls is small: since when a job
 * is in no answer, and which we have cancelled. The driver is one thread; one that starts anew begins with patience again. */
#include "harness/place/batch/batch.h"

#include "harness/util/process.h"

#include <stdio.h>
#include <string.h>

#define NOTES 4096U

static struct note {
    char id[128];
    unsigned long long since_ns; /* 0: it was in the last answer */
    bool cancelled;
} notes[NOTES];

static struct note *note_of(const char *id)
{
    unsigned hash = 5381;
    for (const char *c = id; *c; ++c) {
        hash = hash * 33 + (unsigned char)*c;
    }
    struct note *note = &notes[hash % NOTES];
    if (strcmp(note->id, id) != 0) { /* another's: that one begins anew */
        memset(note, 0, sizeof *note);
        snprintf(note->id, sizeof note->id, "%s", id);
    }
    return note;
}

void sb_batch_note_cancelled(const struct sb_placed *jobs, int count)
{
    for (int i = 0; i < count; ++i) {
        note_of(jobs[i].id)->cancelled = true;
    }
}

static void cancelled(struct sb_placed *job)
{
    char words[sizeof job->words];
    memcpy(words, job->words, sizeof words);
    job->state = SB_JOB_CANCELLED;
    sb_batch_words(job, "cancelled%s%s", words[0] ? ": " : "", words);
}

static void not_known(struct sb_placed *job, const char *unknown)
{
    struct note *note = note_of(job->id);
    const unsigned long long now = sb_process_now_ns();
    if (note->cancelled) {
        job->words[0] = '\0';
        cancelled(job);
        return;
    }
    note->since_ns = note->since_ns ? note->since_ns : now;
    if ((double)(now - note->since_ns) / 1e9 >= SB_BATCH_PATIENCE_S ||
        sb_job_has_ended(job->state)) {
        job->state = SB_JOB_UNKNOWN;
    }
    sb_batch_words(job, "%s", unknown);
}

static void take(struct sb_placed *job, const struct sb_placed *known)
{
    const struct sb_placed before = *job;
    struct note *note = note_of(job->id);
    note->since_ns = 0;
    *job = *known;
    if (before.tag[0]) {
        memcpy(job->tag, before.tag, sizeof before.tag);
    }
    if (!job->node[0]) { /* some forget it at the end */
        memcpy(job->node, before.node, sizeof before.node);
    }
    if (note->cancelled && (job->state == SB_JOB_FAILED || job->state == SB_JOB_HELD)) {
        cancelled(job);
    }
}

void sb_batch_apply(struct sb_placed *jobs, int count, const struct sb_placed *known,
                    int known_count, const char *unknown)
{
    for (int i = 0; i < count; ++i) {
        int at = known_count - 1;
        while (at >= 0 && strcmp(known[at].id, jobs[i].id) != 0) {
            --at;
        }
        if (at >= 0) {
            take(&jobs[i], &known[at]);
        } else {
            not_known(&jobs[i], unknown);
        }
    }
}
