/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/source.h"

#include "harness/plan/cells.h"

int sb_source_find(char *out, size_t room, const struct sb_cell *cell, struct sb_error *err)
{
    return sb_variant_source(out, room, cell->folder, cell->c.kernel->name, cell->c.variant,
                             sb_cell_variants_of(cell), err);
}
