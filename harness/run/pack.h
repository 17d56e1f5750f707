/* SPDX-License-Identifier: Apache-2.0 */
/**
 * All cells of a job, on this node: each in a process of its own, those to be compared (the same case) alive together
 * and sampled turn by turn, in an order drawn anew each round, so that drift of the machine meets all alike.
 */
#ifndef SB_PACK_H
#define SB_PACK_H

#include "harness/run/job.h"

/** Runs the job; every record is written to @p out_fd as one JSON line the moment its cell ends, and
 *  {"event": "started", "cell": id} when it begins. SB_EIO where @p out_fd cannot be written. */
int sb_pack_run(const struct sb_job *job, int out_fd, struct sb_error *err);

#endif
