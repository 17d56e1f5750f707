/* SPDX-License-Identifier: Apache-2.0 */
/* No thread of the block can go on by itself: has what they wait for come? */
#include "backends/twin/twin.h"

#include <string.h>

#define STUCK_SOME 4 /* after so many rounds lanes without a mask go on without those that spin */

static struct sb_party party(const struct sb_exec *exec, const struct sb_twin_block *b, int t)
{
    return (struct sb_party){.known = true,
                             .block = b->index,
                             .thread = exec->schedule.at[t],
                             .site = sb_twin_site(b->thread[t].pc)};
}

static int first_in(const struct sb_exec *exec, const struct sb_twin_block *b,
                    enum sb_thread_state state)
{
    for (int t = 0; t < exec->schedule.threads; ++t) {
        if (b->state[t] == state) {
            return t;
        }
    }
    return -1;
}

/* Threads wait at different barriers, or some have ended: no GPU promises anything then. */
static void check_convergence(const struct sb_exec *exec, const struct sb_twin_block *b)
{
    const int first = first_in(exec, b, SB_THREAD_AT_BARRIER);
    const int ended = first_in(exec, b, SB_THREAD_ENDED);
    struct sb_finding finding = {.kind = SB_FINDING_DIVERGENCE, .first = party(exec, b, first)};
    if (ended >= 0) {
        finding.second =
            (struct sb_party){.known = true, .block = b->index, .thread = exec->schedule.at[ended]};
        snprintf(finding.words, sizeof finding.words, "has ended without reaching it");
        sb_twin_find(&finding);
    }
    for (int t = first + 1; t < exec->schedule.threads; ++t) {
        if (b->state[t] == SB_THREAD_AT_BARRIER && b->thread[t].pc != b->thread[first].pc &&
            !sb_twin_same_line(sb_twin_site(b->thread[t].pc), finding.first.site)) {
            finding.second = party(exec, b, t);
            snprintf(finding.words, sizeof finding.words, "waits at another barrier");
            sb_twin_find(&finding);
            return;
        }
    }
}

/* Whether each thread that is still there has fenced since the latest barrier. */
static bool all_fenced(const struct sb_exec *exec, const struct sb_twin_block *b)
{
    const uint32_t begun = exec->object.twin->interval[SB_TWIN_IN_GLOBAL];
    for (int t = 0; t < exec->schedule.threads; ++t) {
        if (b->state[t] != SB_THREAD_ENDED && b->order[t].fenced <= begun) {
            return false;
        }
    }
    return true;
}

/* "__threadfence(); __syncthreads(); if (first) flag = 1;": all of the block's writes were visible before the barrier
 * (CUDA's guide, "Memory Fence Functions"), so whoever raises the flag behind it releases them. */
static void pass_fences(const struct sb_exec *exec, struct sb_twin_block *b, uint32_t epoch)
{
    if (exec->schedule.order_used && all_fenced(exec, b)) {
        for (int t = 0; t < exec->schedule.threads; ++t) {
            b->order[t].fenced = epoch;
        }
    }
}

static void new_interval(struct sb_exec *exec, struct sb_twin_block *b, unsigned fences)
{
    struct sb_twin *twin = exec->object.twin;
    const uint32_t epoch = ++exec->schedule.epoch;
    if (fences & SB_TWIN_GLOBAL) {
        pass_fences(exec, b, epoch);
    }
    if (fences & SB_TWIN_LOCAL) {
        twin->now[SB_TWIN_IN_SHARED] = twin->interval[SB_TWIN_IN_SHARED] = epoch;
        twin->race_from[SB_TWIN_IN_SHARED] = epoch;
    }
    if (fences & SB_TWIN_GLOBAL) {
        twin->now[SB_TWIN_IN_GLOBAL] = twin->interval[SB_TWIN_IN_GLOBAL] = epoch;
    }
    for (int t = 0; exec->schedule.order_used && t < exec->schedule.threads; ++t) {
        sb_order_share(&b->known, &b->order[t]);
    }
}

static void release_barrier(struct sb_exec *exec, struct sb_twin_block *b)
{
    const int threads = exec->schedule.threads;
    unsigned fences = SB_TWIN_LOCAL | SB_TWIN_GLOBAL;
    int64_t count = 0, all = 1;
    for (int t = 0; t < threads; ++t) {
        if (b->state[t] == SB_THREAD_AT_BARRIER) {
            fences &= b->thread[t].fences;
            count += b->thread[t].value != 0;
            all = all && b->thread[t].value != 0;
        }
    }
    for (int t = 0; t < threads; ++t) {
        if (b->state[t] == SB_THREAD_AT_BARRIER) {
            const int32_t kind = b->thread[t].what;
            b->thread[t].result = (uint64_t)(kind == SB_TWIN_COUNT ? count
                                             : kind == SB_TWIN_AND ? all
                                                                   : count != 0);
            b->state[t] = SB_THREAD_READY;
        }
    }
    new_interval(exec, b, fences);
}

static enum sb_twin_outcome resume_spinners(struct sb_exec *exec, struct sb_twin_block *b)
{
    for (int t = 0; t < exec->schedule.threads; ++t) {
        if (b->state[t] == SB_THREAD_SPINS) {
            b->state[t] = SB_THREAD_READY;
        }
    }
    const uint64_t progress = exec->object.twin->changes + (uint64_t)b->alive;
    b->stuck = progress == b->stuck_changes ? b->stuck + 1 : 0;
    b->stuck_changes = progress;
    return b->stuck > SB_STUCK_ROUNDS ? SB_SPINNING : SB_GOES_ON;
}

/* Some wait at a barrier, others for lanes that will not come. */
static enum sb_twin_outcome give_up(struct sb_exec *exec, const struct sb_twin_block *b)
{
    const int lane = first_in(exec, b, SB_THREAD_AT_WARP);
    const int other = first_in(exec, b, SB_THREAD_AT_BARRIER);
    struct sb_finding finding = {.kind = SB_FINDING_DIVERGENCE, .first = party(exec, b, lane)};
    if (other >= 0) {
        finding.second = party(exec, b, other);
        snprintf(finding.words, sizeof finding.words, "waits at a barrier");
    } else {
        snprintf(finding.words, sizeof finding.words, "lanes of its mask never arrive");
    }
    sb_twin_find(&finding);
    exec->schedule.stopped = true;
    return SB_STUCK;
}

enum sb_twin_outcome sb_twin_resolve(struct sb_exec *exec, struct sb_twin_block *b)
{
    if (sb_twin_resolve_warps(exec, b, SB_WAIT_FOR_ALL) > 0) {
        return exec->schedule.stopped ? SB_STUCK : SB_GOES_ON;
    }
    int count[SB_THREAD_ENDED + 1] = {0};
    for (int t = 0; t < exec->schedule.threads; ++t) {
        count[b->state[t]]++;
    }
    if (count[SB_THREAD_AT_BARRIER] > 0 && count[SB_THREAD_AT_BARRIER] == b->alive) {
        check_convergence(exec, b);
        release_barrier(exec, b);
        return SB_GOES_ON;
    }
    if ((count[SB_THREAD_SPINS] == 0 || b->stuck > STUCK_SOME) &&
        sb_twin_resolve_warps(exec, b, SB_TAKE_UNMASKED) > 0) {
        return SB_GOES_ON;
    }
    if (count[SB_THREAD_SPINS] > 0) {
        return resume_spinners(exec, b);
    }
    if (sb_twin_resolve_warps(exec, b, SB_TAKE_ANY) > 0) {
        return exec->schedule.stopped ? SB_STUCK : SB_GOES_ON;
    }
    return give_up(exec, b);
}
