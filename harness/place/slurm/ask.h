/* SPDX-License-Identifier: Apache-2.0 */
/** Questions to Slurm, each one command. */
#ifndef SB_SLURM_ASK_H
#define SB_SLURM_ASK_H

#include "harness/place/slurm/state.h"

#define SB_SLURM_ANSWER_LIMIT_S 30.0 /* of one command; a busy controller makes them wait */

/** All jobs of this user that the controller still knows, in one question that it filters itself. SB_EINFRA. */
int sb_slurm_ask_squeue(struct sb_slurm_rows *out, struct sb_error *err);
/**
 * What became of jobs that squeue did not show: from the accounts where they are kept, else from their own end marks, else
 * SB_JOB_UNKNOWN. SB_EINFRA: the accounts do not answer; no job is changed then.
 */
int sb_slurm_look_back(struct sb_placed **missing, int count, struct sb_error *err);
/** What @p job's own end mark says, jobs/<job>.end in its campaign's folder. SB_ENOTFOUND: there is none. Asks nobody. */
int sb_slurm_read_mark(struct sb_placed *job);
/** sinfo's lines in @p format; @p node_wise "--Node" or NULL. The caller frees *@p out. */
int sb_slurm_ask_sinfo(char **out, const char *format, const char *node_wise, struct sb_error *err);

#endif
