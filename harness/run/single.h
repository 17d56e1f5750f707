/* SPDX-License-Identifier: Apache-2.0 */
/** One cell in this very process, for a debugger: no fork, no limits, one repetition. */
#ifndef SB_SINGLE_H
#define SB_SINGLE_H

#include "harness/util/error.h"

/**
 * Runs the first cell of the job file @p path from its recorded inputs, with the job's "tuning" {NAME: value} where it
 * has one, and prints how it ended. Returns the exit code that its state asks for; SB_EPARSE, SB_ENOTFOUND.
 */
int sb_single_run(const char *path, struct sb_error *err);

#endif
