/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/footprint.h"

#include <stdlib.h>
#include <string.h>

#define WORD_BYTES 64

int sb_footprint_init(struct sb_footprint *out, uintptr_t begin, size_t bytes, struct sb_error *err)
{
    const size_t words = (bytes + WORD_BYTES - 1) / WORD_BYTES;
    uint64_t *memory = calloc(words ? 3 * words : 1, sizeof *memory);
    if (!memory) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    *out = (struct sb_footprint){.begin = begin,
                                 .words = words,
                                 .seen = memory,
                                 .read = memory + words,
                                 .written = memory + 2 * words};
    return SB_OK;
}

void sb_footprint_touch(struct sb_footprint *footprint, uintptr_t address, size_t bytes, bool reads,
                        bool writes)
{
    size_t at = address - footprint->begin;
    while (bytes > 0 && at / WORD_BYTES < footprint->words) {
        const size_t word = at / WORD_BYTES;
        const size_t first = at % WORD_BYTES;
        const size_t here = bytes < WORD_BYTES - first ? bytes : WORD_BYTES - first;
        const uint64_t mask = (here == WORD_BYTES ? ~UINT64_C(0) : (UINT64_C(1) << here) - 1)
                              << first;
        footprint->read[word] |= reads ? mask & ~footprint->seen[word] : 0;
        footprint->written[word] |= writes ? mask : 0;
        footprint->seen[word] |= mask;
        at += here;
        bytes -= here;
    }
}

void sb_footprint_take(struct sb_footprint *footprint, double *read, double *written)
{
    for (size_t i = 0; i < footprint->words; ++i) {
        *read += __builtin_popcountll(footprint->read[i]);
        *written += __builtin_popcountll(footprint->written[i]);
    }
    memset(footprint->seen, 0, 3 * footprint->words * sizeof *footprint->seen);
}

void sb_footprint_free(struct sb_footprint *footprint)
{
    free(footprint->seen);
    *footprint = (struct sb_footprint){.words = 0};
}
