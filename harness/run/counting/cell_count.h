/* SPDX-License-Identifier: Apache-2.0 */
/** The counting of a cell in its own process: what its command 'c' does (harness/run/cell.h). */
#ifndef SB_CELL_COUNT_H
#define SB_CELL_COUNT_H

#include "harness/run/cell.h"
#include "harness/run/ranks/repeat.h"

/** A prepared cell. */
struct sb_cell_counting {
    const struct sb_cell_task *task;
    const struct sb_backend *backend;
    const struct sb_device *device;
    struct sb_exec *exec;
    const struct sb_case *c;
    const struct sb_launches *launches;
    struct sb_ranks *ranks;
    struct sb_stage *stage;
    uint64_t sampled_ns, fastest_ns; /* as in struct sb_count_task */
};

/**
 * *out is the object `counters` of harness/record.h; with ranks, rank 0 counts itself while all of them work, and the others
 * get NULL. Errors are those of a repetition; *out has what was counted before.
 */
int sb_cell_count(json_t **out, const struct sb_cell_counting *of, struct sb_error *err);

#endif
