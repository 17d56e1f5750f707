/* SPDX-License-Identifier: Apache-2.0 */
/** A rank's computing process: joins the other ranks once, then computes cell after cell as rank 0's parent says. */
#ifndef SB_RANKS_PROCESS_H
#define SB_RANKS_PROCESS_H

#include "harness/run/cell.h"
#include "harness/run/ranks/line.h"

/** What it is given by its parent, which forked it. */
struct sb_rank_start {
    char line[SB_LINE_ADDRESS]; /* of rank 0's parent, where this is rank 0's process */
    const char *launcher;
};

/**
 * Answers {"answer": "line", "line": address} and, rank 0, {"answer": "ranks", "mpi": {…}}; then obeys: 'c' and a cell's id
 * (13 bytes), the letters of cell.h until 'q', answered by {"answer": "left"}; the end of @p task->in is the end.
 * For sb_child_spawn(); @p payload is a struct sb_rank_start.
 */
void sb_rank_process(const struct sb_cell_task *task, void *payload);
/** The plug-in's file; SB_EABSENT with what to install where there is none. */
int sb_rank_plugin(char *out, size_t room, struct sb_error *err);

#endif
