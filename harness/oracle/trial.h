/* SPDX-License-Identifier: Apache-2.0 */
/** One run of a cell in a process of its own, and all its arrays afterwards. */
#ifndef SB_TRIAL_H
#define SB_TRIAL_H

#include "harness/run/pack.h"

/** What a run left. Freed with sb_outcome_free(). */
struct sb_outcome {
    json_t *record;        /* complete, as any cell's */
    struct sb_host *after; /* NULL where it did not come so far */
    char digest[65];       /* of all results, as the device left them; "" */
};

/** A run under way. */
struct sb_running {
    struct sb_child child;
    struct sb_cell cell;
    struct sb_trial trial;
    int tuning[SB_MAX_TUNINGS];
    int snapshot;
};

/** Starts a copy of @p cell; several may run at once. SB_EIO. */
int sb_trial_start(struct sb_running *out, const struct sb_pack *pack, const struct sb_cell *cell,
                   const struct sb_trial *trial, struct sb_error *err);
/** Waits for its end, at most as long as the job allows. Never fails: whatever happened is in the record. */
void sb_trial_finish(struct sb_outcome *out, struct sb_running *running,
                     const struct sb_pack *pack);
/** Both. */
int sb_trial_run(struct sb_outcome *out, const struct sb_pack *pack, const struct sb_cell *cell,
                 const struct sb_trial *trial, struct sb_error *err);
void sb_outcome_free(struct sb_outcome *outcome);
/** "passed", "wrong", … of its record. */
const char *sb_outcome_state(const struct sb_outcome *outcome);

#endif
