/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The cell's own process: prepares, verifies, samples in turns, verifies again. It obeys one-letter commands on @p in
 * and answers each with fragments of the record, JSON lines, of which the last has the member "answer":
 *   p  prepare: find device, compile, load, fill, run once from poisoned outputs, verify → "ready" or "end"
 *   t  one turn of samples → "turn" (with "done": true when no more are needed)
 *   v  reset, run once more, verify the timed code again, → "end"
 */
#ifndef SB_CELL_RUN_H
#define SB_CELL_RUN_H

#include "harness/run/job.h"

/** What the cell's process knows of its surroundings. */
struct sb_cell_task {
    const struct sb_job *job;
    const struct sb_cell *cell;
    const int *cpus; /* allowed, one per core */
    int cpu_count;
    const char *cache; /* of compiled code */
    int in, out;       /* commands, answers */
};

/** Runs until the commands end. Never returns an error: whatever happens is in the answers. */
void sb_cell_serve(const struct sb_cell_task *task);

#endif
