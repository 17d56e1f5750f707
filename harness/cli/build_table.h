/* SPDX-License-Identifier: Apache-2.0 */
/** What compilers made of kernels, as a table: a row per function and target. */
#ifndef SB_BUILD_TABLE_H
#define SB_BUILD_TABLE_H

#include "harness/cli/table.h"

#include <jansson.h>

/** How many units ended how. */
struct sb_build_count {
    int built, cached, failed, missing;
};

/**
 * Fills @p table (not initialised; freed by the caller) from the units of sb_building_run(), in the order of kernel,
 * variant, backend, target. Functions that came out the same in several cases of a kernel are one row; units without a
 * compiler are rows only where @p missing_too.
 */
int sb_build_table(struct sb_table *table, struct sb_build_count *out, const json_t *units,
                   bool missing_too, struct sb_error *err);
/** Writes what failed, with the compiler's message, and what is missing, with what to install; for people. */
void sb_build_tell(FILE *out, const json_t *units, const json_t *told);

#endif
