/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/source.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int sb_source_find(char *out, size_t room, const struct sb_cell *cell, struct sb_error *err)
{
    const char *name = cell->c.kernel->name;
    if (strcmp(cell->c.variant, "portable") == 0) {
        snprintf(out, room, "%s/%s.dev.c", cell->folder, name);
    } else {
        static const char *const suffixes[] = {"c", "cl", "cu", "hip"};
        for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; ++i) {
            snprintf(out, room, "%s/%s.%s.%s.%s", cell->folder, name, cell->c.variant,
                     cell->backend, suffixes[i]);
            if (access(out, R_OK) == 0) {
                return 0;
            }
        }
    }
    return access(out, R_OK) == 0 ? 0 : sb_fail(err, SB_ENOTFOUND, "no source %s", out);
}
