/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of the lanes of a warp: shuffles, votes, __syncwarp(). */
#include "backends/twin/twin.h"

#include <string.h>

#define POISON                                                                                     \
    0x7FF4A5A57FA5A5A5ULL /* what a lane that takes no part would give: a NaN in float and double */

/* Lanes that perform one operation together. */
struct group {
    struct sb_exec *exec;
    struct sb_twin_block *block;
    int first;      /* thread of lane 0 */
    uint64_t lanes; /* that take part */
};

static struct sb_twin_thread *lane_of(const struct group *g, int lane)
{
    return &g->block->thread[g->first + lane];
}

static void find(const struct group *g, int lane, int other, const char *words)
{
    const struct sb_twin_schedule *s = &g->exec->schedule;
    struct sb_finding finding = {.kind = SB_FINDING_WARP};
    finding.first = (struct sb_party){.known = true,
                                      .block = g->block->index,
                                      .thread = s->at[g->first + lane],
                                      .site = sb_twin_site(lane_of(g, lane)->pc)};
    if (other >= 0 && g->first + other < s->threads) {
        finding.second = (struct sb_party){
            .known = true, .block = g->block->index, .thread = s->at[g->first + other]};
        if (g->block->state[g->first + other] == SB_THREAD_AT_WARP) {
            finding.second.site = sb_twin_site(lane_of(g, other)->pc);
        }
    }
    snprintf(finding.words, sizeof finding.words, "%s", words);
    sb_twin_find(&finding);
}

/* The lane that a shuffle reads; the lane itself where that lies outside of its part of the warp. */
static int source_of(const struct group *g, int lane)
{
    const struct sb_twin_thread *t = lane_of(g, lane);
    const int size = g->exec->schedule.warp_size;
    const int width = t->width > 0 && t->width <= size ? t->width : size;
    const int begin = lane / width * width;
    int from = lane;
    switch (t->what) {
    case SB_TWIN_SHUFFLE:
        return begin + (int)((unsigned)t->argument % (unsigned)width);
    case SB_TWIN_SHUFFLE_UP:
        from = lane - t->argument;
        return from >= begin && from <= lane ? from : lane;
    case SB_TWIN_SHUFFLE_DOWN:
        from = lane + t->argument;
        return from < begin + width && from >= lane ? from : lane;
    default:
        from = lane ^ t->argument;
        return from >= 0 && from < begin + width ? from : lane;
    }
}

static uint64_t shuffled(const struct group *g, int lane)
{
    const int from = source_of(g, lane);
    if (g->lanes >> from & 1) {
        return lane_of(g, from)->value;
    }
    char words[160];
    snprintf(words, sizeof words, "reads the value of lane %d, which %s", from,
             g->first + from >= g->exec->schedule.threads          ? "the block does not have"
             : g->block->state[g->first + from] == SB_THREAD_ENDED ? "has ended"
                                                                   : "does not take part");
    find(g, lane, from, words);
    return POISON;
}

static uint64_t voted(const struct group *g, int lane, uint64_t set)
{
    const struct sb_twin_thread *t = lane_of(g, lane);
    uint64_t same = 0;
    for (int i = 0; i < g->exec->schedule.warp_size; ++i) {
        same |= g->lanes >> i & 1 && lane_of(g, i)->value == t->value ? 1ULL << i : 0;
    }
    switch (t->what) {
    case SB_TWIN_ANY:
        return set != 0;
    case SB_TWIN_ALL:
        return set == g->lanes;
    case SB_TWIN_BALLOT:
        return set;
    case SB_TWIN_MATCH_ANY:
        return same;
    case SB_TWIN_MATCH_ALL:
        return same == g->lanes ? same : 0;
    case SB_TWIN_CONVERGED:
        return g->lanes;
    default:
        return 0;
    }
}

/* After __syncwarp(): what these lanes did before is ordered for these lanes. */
static void synchronise(const struct group *g)
{
    struct sb_twin_schedule *s = &g->exec->schedule;
    struct sb_twin *twin = g->exec->object.twin;
    const uint32_t epoch = ++s->epoch;
    s->order_used = true;
    twin->now[0] = twin->now[1] = epoch;
    for (int i = 0; i < s->warp_size; ++i) {
        if (g->lanes >> i & 1) {
            struct sb_order_thread *order = &g->block->order[g->first + i];
            const uint32_t at = order->warps++ % 8;
            order->warp[at].epoch = epoch;
            order->warp[at].mask = g->lanes;
        }
    }
}

static int perform(const struct group *g)
{
    const int size = g->exec->schedule.warp_size;
    uint64_t set = 0;
    int done = 0;
    for (int i = 0; i < size; ++i) {
        set |= g->lanes >> i & 1 && lane_of(g, i)->value ? 1ULL << i : 0;
    }
    for (int i = 0; i < size; ++i) {
        if (!(g->lanes >> i & 1)) {
            continue;
        }
        struct sb_twin_thread *t = lane_of(g, i);
        const bool shuffle = t->what >= SB_TWIN_SHUFFLE && t->what <= SB_TWIN_SHUFFLE_XOR;
        t->result = shuffle ? shuffled(g, i) : voted(g, i, set);
        done++;
    }
    if (lane_of(g, __builtin_ctzll(g->lanes))->what == SB_TWIN_SYNC) {
        synchronise(g);
    }
    for (int i = 0; i < size; ++i) {
        if (g->lanes >> i & 1) {
            g->block->state[g->first + i] = SB_THREAD_READY;
        }
    }
    return done;
}

/* Lanes that wait at the same place as @p lane, with its mask. */
static uint64_t companions(const struct group *g, int lane, uint64_t waiting)
{
    const struct sb_twin_thread *t = lane_of(g, lane);
    uint64_t lanes = 0;
    for (int i = 0; i < g->exec->schedule.warp_size; ++i) {
        const struct sb_twin_thread *other = lane_of(g, i);
        if (waiting >> i & 1 && other->what == t->what && other->mask == t->mask &&
            (other->pc == t->pc ||
             sb_twin_same_line(sb_twin_site(other->pc), sb_twin_site(t->pc)))) {
            lanes |= 1ULL << i;
        }
    }
    return lanes;
}

/* Performs what the lane waits for if all lanes of its mask have come; how many lanes go on. */
static int try_lane(struct group *g, int lane, uint64_t waiting, uint64_t alive,
                    enum sb_twin_patience patience)
{
    const struct sb_twin_thread *t = lane_of(g, lane);
    if (!(t->mask >> lane & 1)) {
        char words[160];
        snprintf(words, sizeof words,
                 "lane %d takes part in a warp operation whose mask 0x%llx leaves it out", lane,
                 (unsigned long long)t->mask);
        find(g, lane, -1, words);
        g->exec->schedule.stopped = true;
        return 1;
    }
    const uint64_t wanted = t->mask & alive;
    g->lanes = companions(g, lane, waiting) & wanted;
    if (g->lanes == wanted) {
        return perform(g);
    }
    const bool masked = t->mask != ~0ULL || t->what == SB_TWIN_SYNC;
    if (patience == SB_WAIT_FOR_ALL || (masked && patience == SB_TAKE_UNMASKED)) {
        return 0;
    }
    if (masked) {
        const uint64_t elsewhere = wanted & ~g->lanes;
        find(g, lane, __builtin_ctzll(elsewhere),
             waiting & elsewhere ? "a lane of its mask waits at another warp operation"
                                 : "a lane of its mask does not come");
    }
    return perform(g);
}

int sb_twin_resolve_warps(struct sb_exec *exec, struct sb_twin_block *block,
                          enum sb_twin_patience patience)
{
    const struct sb_twin_schedule *s = &exec->schedule;
    int done = 0;
    for (int first = 0; exec->used_warps && first < s->threads; first += s->warp_size) {
        struct group g = {.exec = exec, .block = block, .first = first};
        uint64_t waiting = 0;
        uint64_t alive = 0;
        for (int i = 0; i < s->warp_size && first + i < s->threads; ++i) {
            waiting |= (uint64_t)(block->state[first + i] == SB_THREAD_AT_WARP) << i;
            alive |= (uint64_t)(block->state[first + i] != SB_THREAD_ENDED) << i;
        }
        for (int i = 0; i < s->warp_size && !exec->schedule.stopped; ++i) {
            if (waiting >> i & 1 && block->state[first + i] == SB_THREAD_AT_WARP) {
                const int went_on =
                    try_lane(&g, i, waiting, alive, done == 0 ? patience : SB_WAIT_FOR_ALL);
                waiting &= went_on ? ~g.lanes : waiting;
                done += went_on;
            }
        }
    }
    return done;
}
