/* SPDX-License-Identifier: Apache-2.0 */
/** Two sides of a cell by a metric that was counted, instead of by time: what is exact needs no statistics. */
#ifndef SB_COMPARE_COUNTED_H
#define SB_COMPARE_COUNTED_H

#include "results/compare/side.h"

/**
 * Fills the row's values, ratio, outcome and regression from the replicas a[0 … count_a − 1] and b[0 … count_b − 1]. Where a side was
 * not counted, or the two do not count the same thing, the outcome is missing, and @p reason says why. A regression is
 * a change for the worse beyond the gate, by the metric's direction (none: more is worse).
 */
void sb_compare_counted(struct sb_compare_row *row, char *reason, size_t room,
                        const struct sb_compare_cell *a, size_t count_a,
                        const struct sb_compare_cell *b, size_t count_b,
                        const struct sb_compare_options *options);

#endif
