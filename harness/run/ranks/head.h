/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A runner whose job has cells for several ranks, and that no launcher started: it starts mpirun with itself, once per
 * rank, takes the records from rank 0 and writes them; where a rank's end took the others with it, once more for the
 * cells that are left. SWITCHBENCH_MPIRUN names another mpirun; further options are OpenMPI's own OMPI_MCA_….
 */
#ifndef SB_RANKS_HEAD_H
#define SB_RANKS_HEAD_H

#include "harness/run/job.h"

#include <stdbool.h>
#include <stddef.h>

/** Whether @p job has such cells. */
bool sb_ranks_asked(const struct sb_job *job);
/** Why no cell of several ranks can run here, a sentence with what to install; "" where one can. */
void sb_ranks_obstacle(char *out, size_t room);
/** Runs all cells of @p job, those of a single rank as ever; @p path is of its file. As sb_pack_run(). */
int sb_ranks_head(const struct sb_job *job, const char *path, int out_fd, struct sb_error *err);

#endif
