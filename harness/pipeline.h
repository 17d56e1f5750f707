/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The pipeline, from plan to stored records:
 *
 *   struct sb_campaign ─ plan/ ─→ struct sb_plan ─ campaign/ ─→ struct sb_folder (plan.json, journal.jsonl)
 *     ─ pipeline.c ─→ jobs/<job>.json ─ place/schedulers/ ─→ switchbench-runner
 *     ─ run/ (job.h → pack.h → child.h ⇄ cell.h: build/, backends/, verify/) ─→ records, one JSON line each
 *     ─ pipeline.c ─→ records/<job>.jsonl ─ results/store/ ─→ index ─ results/compare/, results/report/ ─→ decisions
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

/**
 * Runs every cell of @p folder (open for writing) that has not ended, and those that were lost, on the local
 * scheduler; returns when all have. Records and journal are on disk before @p progress hears of them. SIGINT and
 * SIGTERM stop it: SB_EINFRA "interrupted …". Errors: SB_EINFRA (the runner died: resume goes on), SB_EIO (disk full).
 */
int sb_pipeline_run(struct sb_folder *folder, const struct sb_progress *progress,
                    struct sb_error *err);

#endif
