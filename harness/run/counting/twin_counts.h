/* SPDX-License-Identifier: Apache-2.0 */
/** The events of source "twin", as sums over what the twin counted (record.observed.counts). */
#ifndef SB_TWIN_COUNTS_H
#define SB_TWIN_COUNTS_H

#include "harness/run/counters/counter_source.h"

/** Describes event number @p i; false: there are no more. */
bool sb_twin_event(struct sb_counter_event *out, int i);
/** Its value over all launches of a repetition, with warps of @p warp lanes (32, 64); large launches are scaled up from
 *  the blocks that were counted. */
double sb_twin_sum(const json_t *counts, int i, int warp);
/** Whether some launch was counted in part. */
bool sb_twin_sampled(const json_t *counts);

#endif
