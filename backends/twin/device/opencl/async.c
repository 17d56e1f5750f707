/* SPDX-License-Identifier: Apache-2.0 */
/* words: async_work_group wait_group_events */
/*
 * Asynchronous copies between global and local memory. A copy is an agent of its own, with a thread number that no
 * work-item has: what it reads and writes races with every access of a work-item until wait_group_events(), which orders
 * that and nothing else. All work-items of a group must meet the same copies with the same arguments.
 */
#include "../abi.h"

#define COPIES_MOST 64 /* under way at a time, in all resident groups */
#define HERE __builtin_return_address(0)

struct sb_twin_transfer {
    uintptr_t to, from;
    size_t count, to_stride, from_stride, bytes;
};
static struct copy {
    struct sb_twin_transfer what;
    const void *pc;
    uint32_t group, launch, met; /* met: work-items that have come to it */
    uintptr_t event;             /* 0: the place is free */
    int started;
} copies[COPIES_MOST];
static uintptr_t events;

static uint32_t group_size(void)
{
    const struct sb_twin_3 *n = &sb_twin.here->sb_block_size;
    return n->x * n->y * n->z;
}
static uint32_t group(void) { return sb_twin.tid >> sb_twin.tid_bits; }
static uint32_t launch(void) { return sb_twin.race_from[SB_TWIN_IN_GLOBAL]; }

/* The copy at @p pc that others of this group have met and this work-item has not, or a free place. */
static struct copy *meet(const void *pc)
{
    struct copy *vacant = NULL;
    for (int i = 0; i < COPIES_MOST; ++i) {
        struct copy *c = &copies[i];
        if (c->event == 0 || c->launch != launch()) {
            c->event = 0;
            vacant = vacant ? vacant : c;
        } else if (c->group == group() && c->pc == pc && c->met < group_size() && !c->started) {
            return c;
        }
    }
    return vacant;
}

static void as_agent(const struct copy *c, void (*act)(const struct copy *))
{
    const uint32_t me = sb_twin.tid;
    sb_twin.tid = me | ((1U << sb_twin.tid_bits) - 1);
    act(c);
    sb_twin.tid = me;
}
static void move(const struct copy *c)
{
    const struct sb_twin_transfer *t = &c->what;
    for (size_t i = 0; i < t->count; ++i) {
        void *to = (void *)(t->to + i * t->to_stride * t->bytes);
        const void *from = (const void *)(t->from + i * t->from_stride * t->bytes);
        sb_twin_look(from, t->bytes, SB_TWIN_READ, c->pc);
        sb_twin_look(to, t->bytes, SB_TWIN_WRITE, c->pc);
        for (size_t k = 0; k < t->bytes; ++k) { /* memcpy() is watched as the work-item's */
            ((volatile unsigned char *)to)[k] = ((const unsigned char *)from)[k];
        }
    }
}

#define UNSETTLED UINT32_MAX /* an epoch that no barrier puts behind it */

/* Marks on an element that are the agent's: UNSETTLED while the copy is under way; then what every work-item may build
 * on: written, and read, before all of now. */
static void mark_element(uintptr_t at, size_t bytes, int settled)
{
    const uint32_t agent = sb_twin.tid;
    for (int memory = 0; memory < 2; ++memory) {
        const size_t off = at - sb_twin.window[memory].begin;
        struct sb_twin_segment *s = off < sb_twin.window[memory].bytes ? sb_twin.window[memory].page[off >> 12] : NULL;
        if (!s || at + bytes > s->begin + s->bytes) {
            continue;
        }
        const uint32_t before = memory == SB_TWIN_IN_SHARED ? sb_twin.valid_from[memory] : sb_twin.interval[memory] - 1;
        const uint32_t from = settled ? before + 1 : sb_twin.now[memory];
        const uint32_t epoch = settled ? before : UNSETTLED;
        for (size_t i = (at - s->begin) >> s->shift; i <= (at - s->begin + bytes - 1) >> s->shift; ++i) {
            struct sb_twin_cell *cell = &s->cells[i];
            cell->w_epoch = cell->w_tid == agent && cell->w_epoch >= from ? epoch : cell->w_epoch;
            cell->r_epoch = cell->r_tid == agent && cell->r_epoch >= from ? epoch : cell->r_epoch;
        }
    }
}
static void mark(const struct copy *c, int settled)
{
    const struct sb_twin_transfer *t = &c->what;
    for (size_t i = 0; i < t->count; ++i) {
        mark_element(t->to + i * t->to_stride * t->bytes, t->bytes, settled);
        mark_element(t->from + i * t->from_stride * t->bytes, t->bytes, settled);
    }
}
static void begin(const struct copy *c)
{
    move(c);
    mark(c, 0);
}
static void settle(const struct copy *c) { mark(c, 1); }

/* For the runtime: what is left when the launch has ended. */
static int unwaited(uint32_t *tid, const void **pc)
{
    for (int i = 0; i < COPIES_MOST; ++i) {
        struct copy *c = &copies[i];
        if (c->event && c->started && c->launch == launch()) {
            *tid = c->group << sb_twin.tid_bits | ((1U << sb_twin.tid_bits) - 1);
            *pc = c->pc;
            c->event = 0;
            return 1;
        }
    }
    return 0;
}

static int same(const struct sb_twin_transfer *a, const struct sb_twin_transfer *b)
{
    return a->to == b->to && a->from == b->from && a->count == b->count && a->to_stride == b->to_stride &&
           a->from_stride == b->from_stride;
}

SB_TWIN_HIDDEN uintptr_t sb_twin_copy(uintptr_t to, uintptr_t from, size_t count, size_t to_stride, size_t from_stride,
                                      size_t bytes, uintptr_t event, const void *pc);
uintptr_t sb_twin_copy(uintptr_t to, uintptr_t from, size_t count, size_t to_stride, size_t from_stride, size_t bytes,
                       uintptr_t event, const void *pc)
{
    const struct sb_twin_transfer what = {to, from, count, to_stride, from_stride, bytes};
    struct copy *c = meet(pc);
    if (!c) {
        sb_twin.trap("more than 64 asynchronous copies without wait_group_events()", pc);
        return 0;
    }
    if (c->event == 0) {
        *c = (struct copy){what, pc, group(), launch(), 0, event ? event : ++events, 0};
    } else if (!same(&c->what, &what)) {
        sb_twin.trap("an asynchronous copy whose arguments differ between work-items", pc);
    }
    c->met++;
    sb_twin.barrier(SB_TWIN_PLAIN, 0, 0, pc);
    if (!c->started) {
        c->started = 1;
        sb_twin.unwaited = unwaited;
        as_agent(c, begin);
    }
    return c->event;
}

SB_TWIN_HIDDEN void wait_events(int count, const uintptr_t *list) __asm__("_Z17wait_group_eventsiPU9CLgeneric9ocl_event");
void wait_events(int count, const uintptr_t *list)
{
    sb_twin.barrier(SB_TWIN_PLAIN, 0, 0, HERE);
    for (int e = 0; e < count; ++e) {
        for (int i = 0; i < COPIES_MOST; ++i) {
            struct copy *c = &copies[i];
            if (c->event && c->event == list[e] && c->group == group() && c->launch == launch()) {
                as_agent(c, settle);
                c->event = 0;
            }
        }
    }
}
