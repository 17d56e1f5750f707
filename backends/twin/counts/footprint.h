/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Distinct bytes of one array that a launch touches: what must move between memory and a cache that holds everything.
 * Read: bytes whose first access is a read. Written: bytes stored. An atomic is both.
 */
#ifndef SB_TWIN_FOOTPRINT_H
#define SB_TWIN_FOOTPRINT_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A bit per byte of the array in each. */
struct sb_footprint {
    uintptr_t begin;
    size_t words;
    uint64_t *seen, *read, *written;
};

/** Room for @p bytes from @p begin on (a multiple of 64). Released with sb_footprint_free(). */
int sb_footprint_init(struct sb_footprint *out, uintptr_t begin, size_t bytes,
                      struct sb_error *err);
void sb_footprint_touch(struct sb_footprint *footprint, uintptr_t address, size_t bytes, bool reads,
                        bool writes);
/** Adds the distinct bytes so far to *@p read and *@p written, and forgets them. */
void sb_footprint_take(struct sb_footprint *footprint, double *read, double *written);
void sb_footprint_free(struct sb_footprint *footprint);

#endif
