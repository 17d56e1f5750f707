/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The pipeline, from plan to stored records:
 *
 *   struct sb_campaign ─ place/resolve.h: places by digest, spots ─ plan/ ─→ struct sb_plan
 *     ─ campaign/ ─→ struct sb_folder (plan.json, journal.jsonl)
 *     ─ pipeline.c, drive/ ─→ jobs/<job>.json ─ place/schedulers/, place/engines/ ─→ switchbench-runner
 *     ─ run/ (job.h → pack.h → child.h ⇄ cell.h: build/, backends/, verify/) ─→ records/<job>.jsonl, one JSON line each
 *     ─ drive/follow.c ─→ journal ─ results/store/ ─→ index ─ results/compare/, results/report/ ─→ decisions
 */
#ifndef SB_PIPELINE_H
#define SB_PIPELINE_H

#include "harness/campaign/folder.h"

/** Called as things happen; each may be NULL. */
struct sb_progress {
    /** One line on what is going on. */
    void (*line)(const char *text, void *payload);
    /** A cell ended. */
    void (*ended)(const json_t *record, void *payload);
    void *payload;
};

/** Somebody who makes this file in a campaign's folder asks its driver to end all jobs, and itself. */
#define SB_CANCEL_FILE "cancel"

/**
 * Runs every cell of @p folder (open for writing) that has not ended, and those that were lost, each at its place; takes over
 * the jobs of an earlier driver; returns when all have ended. Records and journal are on disk before @p progress (may be
 * NULL) hears of them. SIGINT and SIGTERM stop it: SB_EINFRA "interrupted …"; jobs on batch schedulers go on then.
 * Errors: SB_EINVAL (somebody else drives it), SB_EINFRA (a local runner died, or it was cancelled: resume goes on), SB_EIO.
 */
int sb_pipeline_run(struct sb_folder *folder, const struct sb_progress *progress,
                    struct sb_error *err);

#endif
