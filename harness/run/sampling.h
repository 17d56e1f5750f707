/* SPDX-License-Identifier: Apache-2.0 */
/** When to stop sampling: the 95 % interval of the median is narrow enough, or the budget is spent. */
#ifndef SB_SAMPLING_H
#define SB_SAMPLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sb_sampling {
    double precision;    /* goal: relative half width of the 95 % interval of the median; 0: none */
    uint64_t budget_ns;  /* of time spent sampling */
    size_t samples_most; /* 0: no bound */
    uint64_t *samples_ns; /* all of them, in order */
    size_t count, room;
    size_t *turns; /* samples in each turn */
    size_t turn_count, turn_room;
    uint64_t spent_ns;
};

/** How long a turn should last: a twentieth of the budget, between 5 and 100 ms. */
uint64_t sb_sampling_turn_ns(const struct sb_sampling *sampling);
/** Begins a turn, and adds a sample to it. −1 when out of memory. */
int sb_sampling_turn(struct sb_sampling *sampling);
int sb_sampling_add(struct sb_sampling *sampling, uint64_t time_ns);
/**
 * NULL while more is needed; else why it ended: "count", "precision" (at least SB_STATS_TURNS_LEAST turns), "budget"
 * (at least six samples, which an interval needs, unless the budget is exceeded threefold).
 */
const char *sb_sampling_ended(const struct sb_sampling *sampling);
void sb_sampling_free(struct sb_sampling *sampling);

#endif
