/* SPDX-License-Identifier: Apache-2.0 */
/** One cell in this very process, for a debugger or a tool that counts: no fork, no limits, one repetition. */
#ifndef SB_SINGLE_H
#define SB_SINGLE_H

#include "harness/util/error.h"

/**
 * Runs the first cell of the job file @p path from its recorded inputs, with the job's "tuning" {NAME: value} where it
 * has one, and prints how it ended. Returns the exit code that its state asks for; SB_EPARSE, SB_ENOTFOUND.
 */
int sb_single_run(const char *path, struct sb_error *err);
/**
 * For a tool that watches this process: the same, unverified, and after a warm repetition one between marks
 * (counting/mark.h); where the job asks its backend for counts, one verified repetition. Prints what the cell answered as one JSON line and returns 0; SB_EXIT_FAILED with a sentence on
 * stderr where it did not run; errors as above.
 */
int sb_single_counted(const char *path, struct sb_error *err);

#endif
