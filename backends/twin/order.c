/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/order.h"

#include <stdlib.h>
#include <string.h>

/* One release: writes of `tid` before epoch `from`, and of its block before `block_from`, are known to who acquires it;
 * so is what the releaser itself had acquired. */
struct release {
    uint32_t tid, from, block_from;
    struct sb_order_known inherited; /* kept once per change */
};

struct sb_order_place {
    uintptr_t address;
    struct release *log;
    int count, room;
};

static bool grow(void *list, int count, int *room, size_t size)
{
    if (count < *room) {
        return true;
    }
    const int more = *room ? 2 * *room : 8;
    void *grown = realloc(*(void **)list, (size_t)more * size);
    if (!grown) {
        return false;
    }
    *(void **)list = grown;
    *room = more;
    return true;
}

static void forget_places(struct sb_twin_order *order)
{
    for (int i = 0; i < order->count; ++i) {
        for (int k = 0; k < order->place[i].count; ++k) {
            free(order->place[i].log[k].inherited.item);
        }
        free(order->place[i].log);
    }
    order->count = 0;
}

void sb_order_reset(struct sb_twin_order *order)
{
    if (order->count > 0) {
        forget_places(order);
        memset(order->slot, 0, (size_t)order->slots * sizeof *order->slot);
    }
}

void sb_order_free(struct sb_twin_order *order)
{
    forget_places(order);
    free(order->place);
    free(order->slot);
    free(order->until);
    memset(order, 0, sizeof *order);
}

static uint32_t hash_of(uintptr_t address)
{
    return (uint32_t)((address >> 2) * 0x9E3779B97F4A7C15ULL >> 32);
}

static void put_slot(struct sb_twin_order *order, int place)
{
    uint32_t at = hash_of(order->place[place].address) & (uint32_t)(order->slots - 1);
    while (order->slot[at]) {
        at = (at + 1) & (uint32_t)(order->slots - 1);
    }
    order->slot[at] = place + 1;
}

static bool widen_slots(struct sb_twin_order *order)
{
    if (order->slots >= 2 * (order->count + 1)) {
        return true;
    }
    const int slots = order->slots ? 2 * order->slots : 256;
    int32_t *fresh = calloc((size_t)slots, sizeof *fresh);
    if (!fresh) {
        return false;
    }
    free(order->slot);
    order->slot = fresh;
    order->slots = slots;
    for (int i = 0; i < order->count; ++i) {
        put_slot(order, i);
    }
    return true;
}

/* Number of the place at @p address, made where it is new and @p make; −1 for none. */
static int place_of(struct sb_twin_order *order, uintptr_t address, bool make)
{
    if (order->slots > 0) {
        uint32_t at = hash_of(address) & (uint32_t)(order->slots - 1);
        for (; order->slot[at]; at = (at + 1) & (uint32_t)(order->slots - 1)) {
            if (order->place[order->slot[at] - 1].address == address) {
                return order->slot[at] - 1;
            }
        }
    }
    if (!make) {
        return -1;
    }
    if (!widen_slots(order) ||
        !grow(&order->place, order->count, &order->room, sizeof *order->place)) {
        order->failed = true;
        return -1;
    }
    order->place[order->count] = (struct sb_order_place){.address = address};
    put_slot(order, order->count);
    return order->count++;
}

static bool know(struct sb_order_known *known, int place, int until)
{
    for (int i = 0; i < known->count; ++i) {
        if (known->item[i].place == place) {
            known->item[i].until = until > known->item[i].until ? until : known->item[i].until;
            return true;
        }
    }
    if (!grow(&known->item, known->count, &known->room, sizeof *known->item)) {
        return false;
    }
    known->item[known->count].place = place;
    known->item[known->count++].until = until;
    return true;
}

static bool know_all(struct sb_order_known *known, const struct sb_order_known *other)
{
    bool ok = true;
    for (int i = 0; i < other->count; ++i) {
        ok = know(known, other->item[i].place, other->item[i].until) && ok;
    }
    return ok;
}

static void release(struct sb_twin_order *order, int place, const struct sb_order_thread *thread,
                    const struct sb_order_known *block, const struct release *what)
{
    struct sb_order_place *at = &order->place[place];
    if (!grow(&at->log, at->count, &at->room, sizeof *at->log)) {
        order->failed = true;
        return;
    }
    struct release *entry = &at->log[at->count++];
    *entry = *what;
    order->failed = !know_all(&entry->inherited, &thread->known) ||
                    !know_all(&entry->inherited, block) || order->failed;
}

void sb_order_atomic(struct sb_twin_order *order, struct sb_order_thread *thread,
                     const struct sb_order_known *block, uintptr_t address, uint32_t tid,
                     uint32_t barrier_epoch, bool shared)
{
    const uint32_t fenced =
        shared && thread->fenced_local > thread->fenced ? thread->fenced_local : thread->fenced;
    const int place = place_of(order, address, fenced != 0);
    if (place < 0) {
        return;
    }
    const int seen = order->place[place].count;
    if (fenced) {
        const struct release what = {.tid = tid,
                                     .from = fenced,
                                     .block_from = barrier_epoch < fenced ? barrier_epoch : fenced};
        release(order, place, thread, block, &what);
    }
    if (seen > 0) {
        order->failed = !know(&thread->known, place, seen) || order->failed;
    }
}

void sb_order_share(struct sb_order_known *block, struct sb_order_thread *thread)
{
    know_all(block, &thread->known);
    thread->known.count = 0;
}

/* Adds what @p known says to the places that are still to be looked through. */
static void open_places(struct sb_twin_order *order, const struct sb_order_known *known, int *todo,
                        int *todo_count)
{
    for (int i = 0; i < known->count; ++i) {
        const int place = known->item[i].place;
        if (known->item[i].until > order->until[place]) {
            if (order->until[place] == order->looked[place]) {
                todo[(*todo_count)++] = place;
            }
            order->until[place] = known->item[i].until;
        }
    }
}

/* Looks through every release that is known, directly or by what releasers knew, once. */
static bool told(struct sb_twin_order *order, int *todo, int todo_count, uint32_t tid,
                 uint32_t tid_bits, uint32_t epoch)
{
    while (todo_count > 0) {
        const int at = todo[--todo_count];
        const struct sb_order_place *place = &order->place[at];
        const int until = order->until[at];
        for (int k = until - 1; k >= order->looked[at]; --k) {
            const struct release *r = &place->log[k];
            if ((r->tid == tid && epoch < r->from) ||
                ((r->tid ^ tid) >> tid_bits == 0 && epoch < r->block_from)) {
                return true;
            }
        }
        const int from = order->looked[at];
        order->looked[at] = until;
        for (int k = from; k < until; ++k) {
            open_places(order, &place->log[k].inherited, todo, &todo_count);
        }
    }
    return false;
}

bool sb_order_before(struct sb_twin_order *order, const struct sb_order_thread *thread,
                     const struct sb_order_known *block, uint32_t tid, uint32_t tid_bits,
                     uint32_t epoch)
{
    if (order->failed) {
        return true;
    }
    if (thread->known.count + block->count == 0) {
        return false;
    }
    if (order->marks < order->count) {
        int *marks = realloc(order->until, 3 * (size_t)order->room * sizeof *marks);
        if (!marks) {
            order->failed = true;
            return true;
        }
        order->until = marks;
        order->marks = order->room;
        order->looked = marks + order->marks;
    }
    memset(order->until, 0, 2 * (size_t)order->marks * sizeof *order->until);
    int *todo = order->looked + order->marks;
    int todo_count = 0;
    open_places(order, &thread->known, todo, &todo_count);
    open_places(order, block, todo, &todo_count);
    return told(order, todo, todo_count, tid, tid_bits, epoch);
}
