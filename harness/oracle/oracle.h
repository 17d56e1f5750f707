/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A job whose cells are compared with a trusted side (job->trusted names its backend). Each cell, its twin where the
 * job has one, and the trusted side run once, at the same time; results are compared element by element. A cell that is
 * wrong or dies is bisected to its first launch, and examined until a cause is proved (examine.c, decide.h).
 */
#ifndef SB_ORACLE_H
#define SB_ORACLE_H

#include "harness/run/job.h"

/** Runs the job; writes what sb_pack_run() writes, and each record has "oracle" (harness/record.h). Errors as there. */
int sb_oracle_run(const struct sb_job *job, int out_fd, struct sb_error *err);

#endif
