/* SPDX-License-Identifier: Apache-2.0 */
/** From offsets in the object to lines of the source (addr2line of binutils). */
#ifndef SB_TWIN_PLACE_H
#define SB_TWIN_PLACE_H

#include <stdint.h>

struct sb_place {
    char file[512]; /* "" where unknown */
    char function[128];
    int line; /* 0 where unknown */
};

/**
 * Places of @p count sites (return addresses, as offsets; 0 is unknown). Of calls that were inlined into each other the
 * innermost that is not in the twin's own headers counts. Unknown where addr2line is missing.
 */
void sb_places_find(struct sb_place *out, const uint32_t *sites, int count, const char *object);

#endif
