/* SPDX-License-Identifier: Apache-2.0 */
/** What a runner says on one stream, back into its files: for places that do not see the campaign's folder. */
#ifndef SB_COLLECT_H
#define SB_COLLECT_H

#include "harness/place/schedulers/scheduler.h"

/**
 * Takes @p text, the stream of the job from its very beginning or from any line on: whole lines only, an unfinished one at
 * the end is left for the next time. Records (JSON objects with "cell" and "state") and events that are in the files already
 * are passed over, so that what is fetched twice is kept once; other lines are appended to ticket->log where @p log is set. SB_EIO.
 */
int sb_collect(const struct sb_ticket *ticket, const char *text, size_t length, bool log,
               struct sb_error *err);

#endif
