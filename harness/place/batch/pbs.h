/* SPDX-License-Identifier: Apache-2.0 */
/** OpenPBS, PBS Professional, Torque: what qstat says. */
#ifndef SB_PBS_H
#define SB_PBS_H

#include "harness/place/batch/batch.h"

/**
 * Appends the jobs of `qstat -x -f -F json` (OpenPBS 19 and later) or of the text of `qstat -f` (all of them).
 * Attributes: pbs_job_attributes(7), qstat(1B); negative Exit_status: JOB_EXEC_* of OpenPBS' src/include/job.h.
 */
int sb_pbs_read(struct sb_placed **list, int *count, const char *text, struct sb_error *err);

#endif
