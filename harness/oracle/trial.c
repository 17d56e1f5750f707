/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/oracle/trial.h"

#include "harness/run/snapshot.h"
#include "harness/util/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int sb_trial_start(struct sb_running *out, const struct sb_pack *pack, const struct sb_cell *cell,
                   const struct sb_trial *trial, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    out->cell = *cell;
    out->trial = *trial;
    if (trial->tuning) {
        memcpy(out->tuning, trial->tuning, sizeof out->tuning);
        out->trial.tuning = out->tuning;
    }
    out->snapshot = memfd_create("snapshot", MFD_CLOEXEC);
    if (out->snapshot < 0) {
        return sb_fail(err, SB_EIO, "no memory for a snapshot: %s", strerror(errno));
    }
    out->trial.snapshot = out->snapshot;
    struct sb_cell_task task = sb_pack_task(pack, &out->cell);
    task.trial = &out->trial;
    const int code = sb_child_start(&out->child, &task, pack->node, pack->environment, err);
    if (code != 0) {
        close(out->snapshot);
        out->snapshot = -1;
        return code;
    }
    sb_child_tell(&out->child, 'p');
    return 0;
}

void sb_trial_finish(struct sb_outcome *out, struct sb_running *running, const struct sb_pack *pack)
{
    memset(out, 0, sizeof *out);
    sb_child_hear(&running->child, pack->job->time_limit_s);
    out->record = sb_child_finish(&running->child, pack->job);
    if (sb_snapshot_read(&out->after, running->snapshot, NULL) != 0) {
        out->after = NULL;
    }
    snprintf(out->digest, sizeof out->digest, "%s",
             sb_json_text_or(out->record, "verdict.digest", ""));
    close(running->snapshot);
    running->snapshot = -1;
}

int sb_trial_run(struct sb_outcome *out, const struct sb_pack *pack, const struct sb_cell *cell,
                 const struct sb_trial *trial, struct sb_error *err)
{
    struct sb_running running;
    memset(out, 0, sizeof *out);
    const int code = sb_trial_start(&running, pack, cell, trial, err);
    if (code == 0) {
        sb_trial_finish(out, &running, pack);
    }
    return code;
}

void sb_outcome_free(struct sb_outcome *outcome)
{
    json_decref(outcome->record);
    sb_host_free(outcome->after);
    memset(outcome, 0, sizeof *outcome);
}

const char *sb_outcome_state(const struct sb_outcome *outcome)
{
    return sb_json_text_or(outcome->record, "state", "lost");
}
