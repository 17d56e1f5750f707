/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/slurm/state.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Base states and the flags that squeue shows in their place (slurm.h: enum job_states, JOB_STATE_FLAGS). */
static const struct meaning {
    const char *text;
    enum sb_job_state state;
} meanings[] = {
    {"PENDING", SB_JOB_QUEUED},
    {"CONFIGURING", SB_JOB_QUEUED}, /* has nodes, which are being booted */
    {"REQUEUED", SB_JOB_QUEUED},
    {"REQUEUE_FED", SB_JOB_QUEUED},
    {"SUSPENDED", SB_JOB_QUEUED},
    {"STOPPED", SB_JOB_QUEUED},
    {"REQUEUE_HOLD", SB_JOB_HELD},
    {"SPECIAL_EXIT", SB_JOB_HELD}, /* requeued in a special, held state */
    {"RESV_DEL_HOLD", SB_JOB_HELD},
    {"RUNNING", SB_JOB_RUNNING},
    {"COMPLETING", SB_JOB_RUNNING}, /* some of its processes are still there */
    {"RESIZING", SB_JOB_RUNNING},
    {"SIGNALING", SB_JOB_RUNNING},
    {"STAGE_OUT", SB_JOB_RUNNING},
    {"COMPLETED", SB_JOB_DONE},
    {"FAILED", SB_JOB_FAILED},
    {"TIMEOUT", SB_JOB_TIMED_OUT},
    {"DEADLINE", SB_JOB_TIMED_OUT},
    {"OUT_OF_MEMORY", SB_JOB_OUT_OF_MEMORY},
    {"CANCELLED", SB_JOB_CANCELLED},
    {"REVOKED", SB_JOB_CANCELLED},
    {"NODE_FAIL", SB_JOB_NODE_FAILED},
    {"BOOT_FAIL", SB_JOB_NODE_FAILED},
    {"LAUNCH_FAILED", SB_JOB_NODE_FAILED},
    {"PREEMPTED", SB_JOB_PREEMPTED},
};

/* Beginnings of reasons for which a pending job does not start by itself. */
static const char *const holds[] = {
    "JobHeld",
    "job requeued in held state",
    "launch failed requeued held",
    "BadConstraints",
    "PartitionDown",
    "PartitionInactive",
    "PartitionNodeLimit",
    "PartitionTimeLimit",
    "PartitionConfig",
    "ReqNodeNotAvail, UnavailableNodes:", /* pinned to nodes that are down or drained */
    "DependencyNeverSatisfied",
    "InvalidAccount",
    "InvalidQOS",
    "AccountNotAllowed",
    "QOSNotAllowed",
    "ReservationDeleted",
    "FrontEndDown",
};

static enum sb_job_state pending(const char *reason)
{
    for (size_t i = 0; i < sizeof holds / sizeof *holds; ++i) {
        if (strncmp(reason, holds[i], strlen(holds[i])) == 0) {
            return SB_JOB_HELD;
        }
    }
    /* QOSMaxCpuPerJobLimit, AssocMaxWallDurationPerJobLimit, …: one job asks for more than it may ever have */
    return strstr(reason, "PerJob") ? SB_JOB_HELD : SB_JOB_QUEUED;
}

static enum sb_job_state meaning(const struct sb_slurm_row *row)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; ++i) {
        if (strcmp(row->state, meanings[i].text) == 0) {
            return strcmp(row->state, "PENDING") == 0 ? pending(row->reason) : meanings[i].state;
        }
    }
    return SB_JOB_RUNNING; /* a word of a later version: what is not known to have ended has not */
}

static void put_words(struct sb_placed *job, const struct sb_slurm_row *row)
{
    /* of a cancelled job it is why it waited before */
    const bool said =
        row->reason[0] && strcmp(row->reason, "None") != 0 && job->state != SB_JOB_CANCELLED;
    int length = snprintf(job->words, sizeof job->words, "%s%s%s", row->state, said ? " " : "",
                          said ? row->reason : "");
    if (job->state != SB_JOB_FAILED) { /* with the others the signal is Slurm's */
        return;
    }
    if (row->signal > 0) {
        length +=
            snprintf(job->words + length, sizeof job->words - length, ", signal %d", row->signal);
    } else if (job->exit_code > 0) {
        snprintf(job->words + length, sizeof job->words - length, ", exit code %d", job->exit_code);
    }
}

void sb_slurm_tell(struct sb_placed *job, const struct sb_slurm_row *row)
{
    job->state = meaning(row);
    const bool by_itself = job->state == SB_JOB_DONE || job->state == SB_JOB_FAILED;
    job->exit_code = by_itself ? row->exit_code : -1;
    if (row->restarts >= 0) {
        const bool waits = job->state == SB_JOB_QUEUED || job->state == SB_JOB_HELD;
        const bool suspended = row->nodes[0] != '\0';
        job->starts = row->restarts + (waits && !suspended ? 0 : 1);
    }
    if (row->nodes[0]) {
        sb_slurm_expand(job->node, sizeof job->node, row->nodes);
    }
    put_words(job, row);
}
