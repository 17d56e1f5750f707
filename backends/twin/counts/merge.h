/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Puts the lanes of a warp together again. The twin runs threads one after the other; a GPU runs the lanes of a warp in
 * lockstep and brings them together after a branch. Here the logs of the lanes are replayed as a GPU would: of all
 * lanes, those deepest in calls and among them those at the lowest block execute it together ("min SP-PC", Collange,
 * "Stack-less SIMT reconvergence at low cost", 2011). Lowest by the ranks of layout.h, lanes meet where a branch or loop ends.
 */
#ifndef SB_TWIN_MERGE_H
#define SB_TWIN_MERGE_H

#include "backends/twin/counts/log.h"
#include "backends/twin/counts/request.h"

#include <stdbool.h>
#include <stddef.h>

#define SB_DEPTH_MOST 64

/** Where a thread is; kept from one interval to the next. Begins as {0}. */
struct sb_lane {
    const struct sb_event *next, *end; /* its events of this interval */
    uint32_t block;                    /* site of the basic block it is in */
    int depth;
    uint32_t stack[SB_DEPTH_MOST]; /* where its functions return to */
};

/** Called for each step of the warp; all required. */
struct sb_warp_sink {
    void *payload;
    /** A basic block begins for the lanes of @p mask. */
    void (*block)(void *payload, uint32_t site, uint64_t mask);
    /** The lanes that left basic block @p site together went to more than one place. */
    void (*divergence)(void *payload, uint32_t site);
    /** A request; @p kind is enum sb_twin_access, ORed with SB_EVENT_SHARED. */
    void (*access)(void *payload, uint32_t site, unsigned kind, const struct sb_request *request);
};

/** Ranks of blocks by site, below @p sites; NULL: the site itself. */
struct sb_ranks {
    const uint32_t *rank;
    uint32_t sites;
};

/** Replays one interval of the @p count lanes of a warp (at most 64), which uses up their events. */
void sb_warp_replay(struct sb_lane *lane, int count, const struct sb_ranks *ranks,
                    const struct sb_warp_sink *sink);

#endif
