/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The cell's own process: prepares, verifies, samples in turns, verifies again. It obeys one-letter commands on @p in
 * and answers each with fragments of the record, JSON lines, of which the last has the member "answer":
 *   p  prepare: find device, compile, load, fill, run once from poisoned outputs, verify → "ready" or "end"
 *   t  one turn of samples → "turn" (with "done": true when no more are needed)
 *   v  reset, run once more, verify the timed code again, → "end"
 *   c  after v, where the job asks for counters: count, in repetitions of their own → "counted"
 *   q  leave this cell; so does the end of @p in
 * With ranks, rank 0 obeys and the others follow it. What goes wrong after all were ready ends a rank's process, since the
 * others may be waiting for it: its parent tells theirs (harness/run/ranks/).
 */
#ifndef SB_CELL_RUN_H
#define SB_CELL_RUN_H

#include "backends/backend.h"
#include "harness/run/arrays.h"
#include "harness/run/job.h"

/**
 * What an experiment of the porting oracle (harness/oracle/) changes about a cell. Such a cell runs one repetition, and
 * is never timed.
 */
struct sb_trial {
    unsigned toggles; /* of enum sb_toggle */
    int launches;     /* only so many, the first ones, and then nothing is verified; 0: all */
    struct sb_poison poison; /* usually {0} */
    struct sb_beside beside; /* usually {0} */
    const int *tuning;       /* [SB_MAX_TUNINGS] values to use, or NULL: as the kernel says */
    int threads;             /* cpu; 0: as the job says */
    bool all_schedules;      /* every schedule that the backend has to try; else one */
    bool
        marked; /* nothing is verified: a warm repetition, then one between marks (counting/mark.h) */
    int snapshot; /* file that gets all arrays as they were afterwards (snapshot.h), or −1 */
};

/** What the cell's process knows of its surroundings. */
struct sb_cell_task {
    const struct sb_job *job;
    const struct sb_cell *cell;
    const int *cpus; /* allowed, one per core */
    int cpu_count;
    const json_t *node;           /* facts of the node (node.h) */
    const char *cache;            /* of compiled code */
    int in, out;                  /* commands, answers */
    const struct sb_trial *trial; /* NULL: an ordinary run */
    struct sb_ranks *ranks;       /* that compute it together; NULL: this process alone */
};

/** Runs until the commands end. Never returns an error: whatever happens is in the answers. */
void sb_cell_serve(const struct sb_cell_task *task);

#endif
