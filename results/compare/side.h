/* SPDX-License-Identifier: Apache-2.0 */
/** Inside compare: the cells of one side, with the key by which they match the other's. */
#ifndef SB_COMPARE_SIDE_H
#define SB_COMPARE_SIDE_H

#include "results/compare/compare.h"

struct sb_compare_cell {
    const char *key; /* everything that defines the cell but the axes compared */
    const char *cell, *name, *job, *reason, *emulated;
    int64_t replica;
    enum sb_state state;
    double median_ns;
    int64_t watched_turns, disturbed_turns;
    const char *disturbed_by, *metrics;
    struct sb_compare_run run;
};
struct sb_compare_cells {
    struct sb_compare_cell *cell; /* ordered by key, then replica */
    size_t count, room;
};

/** Memory that lives as long as the comparison; zero-filled text or numbers. NULL when out of memory. */
void *sb_compare_keep(struct sb_compare_texts **texts, const void *data, size_t length);
void sb_compare_texts_free(struct sb_compare_texts *texts);

/** Reads the cells of @p side; the axes of both sides' filters are left out of the keys. Errors as sb_compare_cells(). */
int sb_compare_side_read(struct sb_compare_cells *out, struct sb_compare_texts **texts,
                         struct sb_store *store, const struct sb_compare_side *side,
                         const struct sb_compare_side *other, struct sb_error *err);

#endif
