/* SPDX-License-Identifier: Apache-2.0 */
/** The pieces of planning: axes with their defaults, variants of a kernel, the growing list of cells. */
#ifndef SB_CELLS_H
#define SB_CELLS_H

#include "harness/plan/plan.h"

#include <stdio.h>

/** Names of all backends, those that could not be built too; ends with NULL. Written by CMake. */
extern const char *const sb_backend_names[];
/** Those of them that run variants <kernel>.<variant>.gpu.<suffix>. */
extern const char *const sb_gpu_backend_names[];

#define SB_AXES_RANKS 64

/** A campaign's axes with defaults filled in; owns its strings. */
struct sb_axes {
    struct sb_strings kernels, presets, backends, maths, targets;
    int ranks[SB_AXES_RANKS], ranks_count;
    uint32_t *seen; /* hash set of cell ids: index + 1 into the plan's cells, 0 is empty */
    uint32_t seen_room;
};
/** Errors: SB_ENOTFOUND with the closest name for presets, backends, variants, labels, precisions, parameters. */
int sb_axes_resolve(struct sb_axes *out, const struct sb_campaign *campaign, struct sb_error *err);
/** The values of a sweep, ranges "from:to:step" written out. */
int sb_axes_expand(struct sb_strings *out, const struct sb_sweep *sweep, struct sb_error *err);
void sb_axes_free(struct sb_axes *axes);

struct sb_variant {
    char name[32];
    char backend[32]; /* "" for every backend */
};
struct sb_variants {
    struct sb_variant item[16];
    int count;
};
/** Path of the source of @p variant for @p backend, its own before one for all GPUs; SB_ENOTFOUND. */
int sb_variant_source(char *out, size_t room, const char *folder, const char *kernel,
                      const char *variant, const char *backend, struct sb_error *err);
/** The backend whose variants a cell runs: its own; a target named like a backend ("opencl" on the twin) means that one's. */
const char *sb_cell_variants_of(const struct sb_cell *cell);
/** "portable", then what the files <kernel>.<variant>.<backend>.* of the folder say, in order of name. */
int sb_variants_find(struct sb_variants *out, const struct sb_kernel *kernel, const char *folder,
                     struct sb_error *err);

/** sb_cell_to_json() as text, straight to @p out; @p bare: no folder of a built-in kernel. SB_EINVAL: a name is no UTF-8. */
int sb_cell_put(FILE *out, const struct sb_cell *cell, bool bare, struct sb_error *err);
/** Appends @p cell with its id; one that is there already is passed over. */
int sb_plan_add(struct sb_plan *plan, struct sb_axes *axes, const struct sb_cell *cell,
                struct sb_error *err);
/** The plan's own copy of @p text; NULL when out of memory. */
const char *sb_plan_intern(struct sb_plan *plan, const char *text);

#endif
