/* SPDX-License-Identifier: Apache-2.0 */
/** A runner that was started once per rank, by mpirun or srun: the parent of a rank's computing process. */
#ifndef SB_RANKS_MEMBER_H
#define SB_RANKS_MEMBER_H

#include "harness/run/job.h"

#include <stdbool.h>
#include <stdio.h>

/** The tree of ranks is to be started anew for the cells that are left: one of them ended it. */
#define SB_RANKS_AGAIN 75

/** Which rank a launcher made of this process, and its name; −1: none did. */
int sb_rank_of_launcher(const char **launcher);
/**
 * Rank 0: runs the cells of @p job, or those whose ids @p ids has, one a line (NULL: all), and writes their records. 0;
 * SB_RANKS_AGAIN; SB_EINFRA, SB_EIO.
 */
int sb_rank_lead(const struct sb_job *job, FILE *ids, int out_fd, struct sb_error *err);
/** Another rank: serves rank 0, and tells its parent what goes wrong. 0; SB_RANKS_AGAIN; SB_EINFRA, SB_EIO. */
int sb_rank_follow(const struct sb_job *job, int rank, struct sb_error *err);

#endif
