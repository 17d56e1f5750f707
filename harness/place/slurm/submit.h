/* SPDX-License-Identifier: Apache-2.0 */
/** Slurm's batch jobs: the script, sbatch's arguments, and what its answers mean. */
#ifndef SB_SLURM_SUBMIT_H
#define SB_SLURM_SUBMIT_H

#include "harness/place/schedulers/scheduler.h"

/** What the job's script runs before ticket->argv. */
struct sb_slurm_launcher {
    char end[4096]; /* file for the job's own end mark: <folder>/jobs/<job>.end */
    char text[4][32];
    const char *word[16]; /* ends with NULL */
};
int sb_slurm_launcher(struct sb_slurm_launcher *out, const struct sb_ticket *ticket,
                      struct sb_error *err);
/** sbatch's words for @p ticket but the last one, the script; appended to @p out. */
int sb_slurm_arguments(struct sb_strings *out, const struct sb_ticket *ticket,
                       struct sb_error *err);
/** @p path so that Slurm takes it literally where it knows patterns (%j), appended to @p prefix; malloc'd, or NULL. */
char *sb_slurm_literal(const char *prefix, const char *path);
/** The error of a failed sbatch by what it said: SB_EINVAL it refuses the job, SB_EINFRA it may be tried again, or the
 *  controller has it all the same. */
int sb_slurm_refused(const char *said, struct sb_error *err);
/** The end mark at @p path, as state, code, starts, node and words of @p job. SB_ENOTFOUND where there is none of this job. */
int sb_slurm_read_end(struct sb_placed *job, const char *path, struct sb_error *err);

#endif
