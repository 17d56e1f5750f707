/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/merge.h"

struct warp {
    struct sb_lane *lane;
    int count;
    const struct sb_ranks *ranks;
    const struct sb_warp_sink *sink;
};

/* What a lane would do next: deeper first, then lower. */
static uint64_t position(const struct warp *warp, const struct sb_lane *lane)
{
    const struct sb_event *event = lane->next;
    int depth = lane->depth;
    uint32_t site = event->site;
    if (event->kind == SB_EVENT_ENTER) {
        depth++;
    } else if (event->kind != SB_EVENT_BLOCK) {
        site = lane->block; /* goes on in its block, or leaves the function from there */
    }
    if (event->kind != SB_EVENT_ENTER && site < warp->ranks->sites) {
        site = warp->ranks->rank[site];
    }
    return (uint64_t)(SB_DEPTH_MOST - (depth < SB_DEPTH_MOST ? depth : SB_DEPTH_MOST)) << 32 | site;
}

static bool is_access(const struct sb_lane *lane)
{
    return lane->next < lane->end && (lane->next->kind & 0xF) <= SB_EVENT_ACCESS_MOST;
}

/* The lanes that go on: the first in order of position. 0: none has anything left. */
static uint64_t choose(const struct warp *warp)
{
    uint64_t mask = 0;
    uint64_t least = ~UINT64_C(0);
    for (int i = 0; i < warp->count; ++i) {
        const struct sb_lane *lane = &warp->lane[i];
        if (lane->next == lane->end) {
            continue;
        }
        /* entering, leaving and going on differ although the site is the same */
        const uint64_t at = position(warp, lane) << 2 | (lane->next->kind == SB_EVENT_BLOCK ? 2
                                                         : is_access(lane)                  ? 0
                                                                                            : 1);
        if (at < least) {
            least = at;
            mask = 0;
        }
        mask |= at == least ? UINT64_C(1) << i : 0;
    }
    return mask;
}

static void enter(struct sb_lane *lane, uint32_t back)
{
    if (lane->depth < SB_DEPTH_MOST) {
        lane->stack[lane->depth] = back;
    }
    lane->depth++;
}

static void leave(struct sb_lane *lane)
{
    lane->depth -= lane->depth > 0;
    lane->block = lane->depth < SB_DEPTH_MOST ? lane->stack[lane->depth] : 0;
}

/* The event that brought the lanes here, unless they go on within a block. */
static void arrive(const struct warp *warp, uint64_t mask)
{
    const struct sb_event event = *warp->lane[__builtin_ctzll(mask)].next;
    for (uint64_t left = mask; left; left &= left - 1) {
        struct sb_lane *lane = &warp->lane[__builtin_ctzll(left)];
        if (event.kind == SB_EVENT_BLOCK) {
            lane->block = event.site;
        } else if (event.kind == SB_EVENT_ENTER) {
            enter(lane, lane->next->site);
        } else {
            leave(lane);
        }
        lane->next++;
    }
    const bool launcher = warp->lane[__builtin_ctzll(mask)].depth == 0;
    if (event.kind == SB_EVENT_BLOCK && !launcher) {
        warp->sink->block(warp->sink->payload, event.site, mask);
    }
}

/* A copy whose alignment is not known becomes accesses of at most eight bytes, and of less than the whole. */
static uint32_t piece_of(const struct sb_event *event)
{
    const uint64_t bits = event->address | event->bytes | 8;
    const uint32_t aligned = (uint32_t)(bits & (~bits + 1));
    return aligned == event->bytes && aligned > 1 ? aligned / 2 : aligned;
}

static void emit(const struct warp *warp, const struct sb_event *event, struct sb_request *request)
{
    const unsigned kind = event->kind & ~(unsigned)SB_EVENT_RANGE;
    if (!(event->kind & SB_EVENT_RANGE)) {
        warp->sink->access(warp->sink->payload, event->site, kind, request);
        return;
    }
    request->bytes = piece_of(event);
    for (uint32_t done = 0; done < event->bytes; done += request->bytes) {
        warp->sink->access(warp->sink->payload, event->site, kind, request);
        for (uint64_t left = request->mask; left; left &= left - 1) {
            request->address[__builtin_ctzll(left)] += request->bytes;
        }
    }
}

/* Accesses of a block stand in the order of their sites; the lowest of those that are next is one request. */
static void access_together(const struct warp *warp, uint64_t mask)
{
    for (;;) {
        const struct sb_event *first = NULL;
        for (uint64_t left = mask; left; left &= left - 1) {
            const struct sb_lane *lane = &warp->lane[__builtin_ctzll(left)];
            if (is_access(lane) && (!first || lane->next->site < first->site)) {
                first = lane->next;
            }
        }
        if (!first) {
            return;
        }
        struct sb_request request = {.mask = 0, .bytes = first->bytes};
        for (uint64_t left = mask; left; left &= left - 1) {
            const int i = __builtin_ctzll(left);
            struct sb_lane *lane = &warp->lane[i];
            if (is_access(lane) && lane->next->site == first->site &&
                lane->next->kind == first->kind && lane->next->bytes == first->bytes) {
                request.mask |= UINT64_C(1) << i;
                request.address[i] = lane->next->address;
                lane->next++;
            }
        }
        emit(warp, first, &request);
    }
}

static void tell_divergence(const struct warp *warp, uint64_t mask, uint32_t block)
{
    uint64_t first = 0;
    for (uint64_t left = mask; left; left &= left - 1) {
        const struct sb_lane *lane = &warp->lane[__builtin_ctzll(left)];
        if (lane->next == lane->end) {
            continue; /* at a barrier, or ended */
        }
        const uint64_t at = position(warp, lane);
        if (first && at != first) {
            warp->sink->divergence(warp->sink->payload, block);
            return;
        }
        first = at;
    }
}

void sb_warp_replay(struct sb_lane *lane, int count, const struct sb_ranks *ranks,
                    const struct sb_warp_sink *sink)
{
    const struct warp warp = {.lane = lane, .count = count, .ranks = ranks, .sink = sink};
    for (uint64_t mask = choose(&warp); mask; mask = choose(&warp)) {
        const struct sb_lane *first = &lane[__builtin_ctzll(mask)];
        if (!is_access(first)) {
            arrive(&warp, mask);
        }
        const uint32_t block = first->block;
        access_together(&warp, mask);
        tell_divergence(&warp, mask, block);
    }
}
