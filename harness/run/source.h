/* SPDX-License-Identifier: Apache-2.0 */
/** The source file of a cell's variant. */
#ifndef SB_SOURCE_H
#define SB_SOURCE_H

#include "harness/plan/plan.h"

/** <name>.dev.c, or <name>.<variant>.<backend>.{c,cl,cu,hip} in the kernel's folder; SB_ENOTFOUND. */
int sb_source_find(char *out, size_t room, const struct sb_cell *cell, struct sb_error *err);

#endif
