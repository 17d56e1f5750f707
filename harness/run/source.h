/* SPDX-License-Identifier: Apache-2.0 */
/** The source file of a cell's variant. */
#ifndef SB_SOURCE_H
#define SB_SOURCE_H

#include "harness/plan/plan.h"

/** Its path (plan/cells.h, sb_variant_source); SB_ENOTFOUND. */
int sb_source_find(char *out, size_t room, const struct sb_cell *cell, struct sb_error *err);

#endif
