/* SPDX-License-Identifier: Apache-2.0 */
/** The cells of a plan as a table. */
#ifndef SB_CELLS_TABLE_H
#define SB_CELLS_TABLE_H

#include "harness/cli/table.h"
#include "harness/plan/plan.h"

/** Prints one row per cell; for people also how many there are. */
int sb_cells_print(const struct sb_plan *plan, const struct sb_output *output,
                   struct sb_error *err);

#endif
