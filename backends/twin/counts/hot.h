/* SPDX-License-Identifier: Apache-2.0 */
/** How often each address was asked for by an atomic request of a launch: the hottest bounds its time. */
#ifndef SB_TWIN_HOT_H
#define SB_TWIN_HOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Begins as {0}. An open-addressed table that grows. */
struct sb_hot {
    struct {
        uint64_t address, requests;
    } *item;
    size_t count, room;
    uint64_t most;
    bool failed; /* out of memory */
};
void sb_hot_add(struct sb_hot *hot, uint64_t address);
/** Requests on the hottest address; forgets all of them. */
uint64_t sb_hot_take(struct sb_hot *hot);
void sb_hot_free(struct sb_hot *hot);

#endif
