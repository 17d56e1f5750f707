/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What fences and atomics order between threads of a launch, beyond barriers. A thread that writes, fences and then
 * performs an atomic on a place releases; one that later performs an atomic on the same place acquires all that was
 * released there before. Barriers pass on, to the whole block, what its threads acquired (cumulativity, PTX memory
 * model §8). __syncwarp() orders the lanes that take part.
 */
#ifndef SB_TWIN_ORDER_H
#define SB_TWIN_ORDER_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stdint.h>

struct sb_order_place;

/** What one thread, or one block by barriers, has acquired: places, each up to an entry of its log. */
struct sb_order_known {
    struct {
        int32_t place, until;
    } *item;
    int count, room;
};

/** Per thread of a resident block; zero is "nothing". */
struct sb_order_thread {
    uint32_t fenced; /* epoch that its latest global fence began; 0: none */
    uint32_t fenced_local;
    struct sb_order_known known;
    struct {
        uint32_t epoch;
        uint64_t mask;
    } warp[8]; /* the latest __syncwarp()s it took part in */
    uint32_t warps;
};

struct sb_twin_order {
    struct sb_order_place *place;
    int count, room;
    int32_t *slot; /* hash by address → place + 1 */
    int slots;
    int *until, *looked; /* marks of one question, per place; with a list of places behind */
    int marks;
    bool failed; /* out of memory: orders may be missing, so races are not claimed */
};

void sb_order_reset(struct sb_twin_order *order);
void sb_order_free(struct sb_twin_order *order);
/**
 * Thread @p tid performs an atomic on @p address: acquires, and where it has fenced, releases. @p barrier_epoch: writes
 * of its block below it are released too.
 */
void sb_order_atomic(struct sb_twin_order *order, struct sb_order_thread *thread,
                     const struct sb_order_known *block, uintptr_t address, uint32_t tid,
                     uint32_t barrier_epoch, bool shared);
/** At a barrier: the block knows what its thread knows. */
void sb_order_share(struct sb_order_known *block, struct sb_order_thread *thread);
/** Whether an access of @p tid in @p epoch happens before what @p thread of a block that knows @p block does now. */
bool sb_order_before(struct sb_twin_order *order, const struct sb_order_thread *thread,
                     const struct sb_order_known *block, uint32_t tid, uint32_t tid_bits,
                     uint32_t epoch);

#endif
