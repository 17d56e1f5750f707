/* SPDX-License-Identifier: Apache-2.0 */
/** OAR: what `oarstat -J -f` says (OAR 2.5.9). "Terminated" is said of failures, too, and exit codes are wait statuses. */
#ifndef SB_OAR_H
#define SB_OAR_H

#include "harness/place/batch/batch.h"

/** Appends the jobs of an answer. */
int sb_oar_read(struct sb_placed **list, int *count, const char *text, struct sb_error *err);

#endif
