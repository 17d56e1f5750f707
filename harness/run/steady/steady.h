/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whether the machine was steady while a cell was sampled: what took its CPUs, its clock or its memory away. Looked at
 * before and after each turn, never within one; at most SB_STEADY_COST of the turns' time is spent on it: a source
 * that costs more than the turns so far allow is looked at in some of them only, and the totals say in how many. A sample taken under disturbance is
 * marked and kept.
 */
#ifndef SB_STEADY_H
#define SB_STEADY_H

#include "harness/run/steady/source.h"

/** Most of the turns' time that watching may take. */
#define SB_STEADY_COST 0.001

struct sb_steady;

/**
 * Begins to watch; @p at is copied, its cpus not. Costs some 0.2 ms: each source is read twice, to know what that costs. NULL when out of memory.
 */
struct sb_steady *sb_steady_open(const struct sb_steady_at *at);
/** Before a turn. */
void sb_steady_begin(struct sb_steady *steady);
/**
 * After it: a new reference to [{what, amount}, …], empty where nothing disturbed it. @p counted is false for the warm-up before
 * the first turn, which is in no total. What and amounts: timing.disturbed of harness/record.h.
 */
json_t *sb_steady_end(struct sb_steady *steady, bool counted);
/** timing.steady of harness/record.h, of all turns so far; new reference. */
json_t *sb_steady_totals(struct sb_steady *steady);
/** NULL is legal. */
void sb_steady_close(struct sb_steady *steady);

#endif
