/* SPDX-License-Identifier: Apache-2.0 */
/** IBM Spectrum LSF 10.1: what `bjobs -json` says. */
#ifndef SB_LSF_H
#define SB_LSF_H

#include "harness/place/batch/batch.h"

/** The fields to ask for with -o: what sb_lsf_read() reads. */
#define SB_LSF_FIELDS "jobid stat job_name exit_code exit_reason exec_host pend_reason"
/** Appends the jobs of an answer; those with an "ERROR" ("Job <9> is not found") are passed over. Reasons: bjobs(1), "EXIT_REASON". */
int sb_lsf_read(struct sb_placed **list, int *count, const char *text, struct sb_error *err);

#endif
