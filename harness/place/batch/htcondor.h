/* SPDX-License-Identifier: Apache-2.0 */
/** HTCondor: the submit description, and what condor_q and condor_history say. */
#ifndef SB_HTCONDOR_H
#define SB_HTCONDOR_H

#include "harness/place/batch/batch.h"

/** Appends the jobs of a `-json` answer. @p live: of condor_q, not of condor_history. SB_EINFRA for what is no such answer. */
int sb_htcondor_read(struct sb_placed **list, int *count, const char *text, bool live,
                     struct sb_error *err);
/** "container" or "docker" where the place's options say "universe=container" or "universe=docker"; else "vanilla". */
const char *sb_htcondor_universe(const struct sb_place *place);
/** Whether files go with the job and come back with its end: in containers, and where the place has a scratch. */
bool sb_htcondor_is_carried(const struct sb_place *place);
/**
 * The submit description (malloc'd) that runs @p script. Values are written by HTCondor's own rules: a '$' as
 * $(DOLLAR), no line breaks; strings of expressions with \" and \\. SB_EINVAL for what these cannot hold.
 */
int sb_htcondor_describe(char **out, const struct sb_ticket *ticket, const char *script,
                         struct sb_error *err);

#endif
