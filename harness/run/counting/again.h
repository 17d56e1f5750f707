/* SPDX-License-Identifier: Apache-2.0 */
/** After a cell's own process: it runs once more under each tool that is asked for (a simulator, an emulator). */
#ifndef SB_COUNT_AGAIN_H
#define SB_COUNT_AGAIN_H

#include "harness/run/pack.h"

/**
 * Adds an entry to the record's counters.sources for each source asked for that has again(), with what its tool told, or
 * why it told nothing; each may take the cell's time limit. A cell that was never timed (an emulated one) has these alone;
 * the others that are named get a reason. Nothing else of the record changes; one that did not run is left as it is.
 */
void sb_count_again(json_t *record, const struct sb_pack *pack, const struct sb_cell *cell);

/** The same for a cell of several ranks: the reason why tools do not count it. */
void sb_count_again_ranks(json_t *record, const struct sb_job *job);

#endif
