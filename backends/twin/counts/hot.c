/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/hot.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_LEAST 1024

/* Where @p address is, or goes. A free item has no requests. */
static size_t find(const struct sb_hot *hot, uint64_t address)
{
    size_t at = (size_t)(address * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (hot->room - 1);
    while (hot->item[at].requests && hot->item[at].address != address) {
        at = (at + 1) & (hot->room - 1);
    }
    return at;
}

static bool grow(struct sb_hot *hot)
{
    const struct sb_hot old = *hot;
    hot->room = old.room ? 2 * old.room : ROOM_LEAST;
    hot->item = calloc(hot->room, sizeof *hot->item);
    if (!hot->item) {
        *hot = old;
        hot->failed = true;
        return false;
    }
    for (size_t i = 0; i < old.room; ++i) {
        if (old.item[i].requests) {
            hot->item[find(hot, old.item[i].address)] = old.item[i];
        }
    }
    free(old.item);
    return true;
}

void sb_hot_add(struct sb_hot *hot, uint64_t address)
{
    if (2 * hot->count >= hot->room && !grow(hot)) {
        return;
    }
    const size_t at = find(hot, address);
    hot->count += hot->item[at].requests == 0;
    hot->item[at].address = address;
    const uint64_t requests = ++hot->item[at].requests;
    hot->most = requests > hot->most ? requests : hot->most;
}

uint64_t sb_hot_take(struct sb_hot *hot)
{
    const uint64_t most = hot->most;
    if (hot->item) {
        memset(hot->item, 0, hot->room * sizeof *hot->item);
    }
    hot->count = 0;
    hot->most = 0;
    return most;
}

void sb_hot_free(struct sb_hot *hot)
{
    free(hot->item);
    *hot = (struct sb_hot){.item = NULL};
}
