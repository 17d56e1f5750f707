/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of a launch: one after the other, and several at once only while they wait for each other. */
#include "backends/twin/twin.h"

#include <stdlib.h>
#include <string.h>

static void free_block(struct sb_twin_block *b)
{
    for (int i = 0; b->order && i < b->room; ++i) {
        free(b->order[i].known.item);
    }
    free(b->known.item);
    free(b->state);
    free(b->thread);
    free(b->order);
    free(b->idle);
    free(b->saved);
    sb_fiber_stacks_close(&b->stacks);
    memset(b, 0, sizeof *b);
}

void sb_twin_schedule_close(struct sb_twin_schedule *s)
{
    for (int i = 0; i < SB_RESIDENT_MOST; ++i) {
        free_block(&s->block[i]);
    }
}

/* Memory of slot @p b for the launch's threads. */
static int reserve(struct sb_twin_block *b, int threads, struct sb_error *err)
{
    if (b->room >= threads) {
        return 0;
    }
    free_block(b);
    b->room = threads;
    b->state = calloc((size_t)threads, sizeof *b->state);
    b->thread = calloc((size_t)threads, sizeof *b->thread);
    b->order = calloc((size_t)threads, sizeof *b->order);
    b->idle = calloc((size_t)threads, sizeof *b->idle);
    if (!b->state || !b->thread || !b->order || !b->idle) {
        return sb_fail(err, SB_ENOMEM, "twin: out of memory for a block of %d threads", threads);
    }
    return sb_fiber_stacks_open(&b->stacks, threads, err);
}

static void forget_order(struct sb_twin_block *b, int threads)
{
    b->known.count = 0;
    for (int t = 0; t < threads; ++t) {
        b->order[t].fenced = b->order[t].fenced_local = 0;
        b->order[t].known.count = 0;
        b->order[t].warps = 0;
    }
}

static int begin_block(struct sb_exec *exec, int slot, struct sb_error *err)
{
    struct sb_twin_schedule *s = &exec->schedule;
    struct sb_twin_block *b = &s->block[slot];
    const int code = reserve(b, s->threads, err);
    if (code != 0) {
        return code;
    }
    b->linear = sb_twin_draw_block(s, s->begun++);
    b->index.x = b->linear % s->extent.x;
    b->index.y = b->linear / s->extent.x % s->extent.y;
    b->index.z = b->linear / s->extent.x / s->extent.y;
    b->first =
        ++s->epoch; /* written in it: before the first interval (asynchronous copies that were waited for) */
    ++s->epoch;
    for (int m = 0; m < 2; ++m) {
        b->interval[m] = b->now[m] = s->epoch;
    }
    memset(b->state, SB_THREAD_FRESH, (size_t)s->threads);
    if (s->order_used) {
        forget_order(b, s->threads);
    }
    b->alive = s->threads;
    b->stacks_used = b->idle_count = b->stuck = 0;
    for (int t = 0; exec->used_atomics && t < s->threads; ++t) {
        b->thread[t].spins = 0;
        b->thread[t].spin_pc = NULL;
        b->thread[t].guess.address = 0;
    }
    return 0;
}

/* Shared memory is one; while several blocks are under way each keeps its own beside. */
static int exchange_shared(struct sb_exec *exec, struct sb_twin_block *b, bool save,
                           struct sb_error *err)
{
    size_t room = 0;
    for (int i = 0; i < exec->object.variable_count; ++i) {
        const struct sb_twin_segment *v = &exec->variable[i];
        room += v->cells && exec->object.variable[i].kind == SB_TWIN_SHARED_VARIABLE
                    ? v->bytes + ((v->bytes >> v->shift) + 1) * sizeof *v->cells
                    : 0;
    }
    if (save) {
        free(b->saved);
        b->saved = malloc(room + 1);
    }
    if (!b->saved) {
        return save ? sb_fail(err, SB_ENOMEM, "twin: out of memory for a block's shared memory")
                    : 0;
    }
    unsigned char *at = b->saved;
    for (int i = 0; i < exec->object.variable_count; ++i) {
        struct sb_twin_segment *v = &exec->variable[i];
        if (!v->cells || exec->object.variable[i].kind != SB_TWIN_SHARED_VARIABLE) {
            continue;
        }
        const size_t cells = ((v->bytes >> v->shift) + 1) * sizeof *v->cells;
        void *const lives[] = {(void *)v->begin, v->cells};
        const size_t bytes[] = {v->bytes, cells};
        for (int k = 0; k < 2; ++k) {
            memcpy(save ? at : lives[k], save ? lives[k] : at, bytes[k]);
            at += bytes[k];
        }
    }
    return 0;
}

/* The block becomes the running one: its index and epochs are what accesses are judged by. */
static void enter_block(struct sb_exec *exec, int slot)
{
    struct sb_twin_schedule *s = &exec->schedule;
    const struct sb_twin_block *b = &s->block[slot];
    struct sb_twin *twin = exec->object.twin;
    s->running = slot;
    twin->here->sb_block = b->index;
    for (int m = 0; m < 2; ++m) {
        twin->now[m] = b->now[m];
        twin->interval[m] = b->interval[m];
    }
    twin->race_from[SB_TWIN_IN_GLOBAL] = s->launch_epoch;
    twin->race_from[SB_TWIN_IN_SHARED] = b->interval[SB_TWIN_IN_SHARED];
    twin->valid_from[SB_TWIN_IN_GLOBAL] = 1;
    twin->valid_from[SB_TWIN_IN_SHARED] = b->first;
    twin->stack_begin = (uintptr_t)b->stacks.base;
    twin->stack_bytes = b->stacks.bytes;
}

static void leave_block(struct sb_exec *exec)
{
    struct sb_twin_block *b = &exec->schedule.block[exec->schedule.running];
    for (int m = 0; m < 2; ++m) {
        b->now[m] = exec->object.twin->now[m];
        b->interval[m] = exec->object.twin->interval[m];
    }
}

/* Runs the block in @p slot until it ends or spins. */
static enum sb_twin_outcome run_block(struct sb_exec *exec, int slot)
{
    struct sb_twin_schedule *s = &exec->schedule;
    struct sb_twin_block *b = &s->block[slot];
    enum sb_twin_outcome outcome = SB_GOES_ON;
    enter_block(exec, slot);
    while (!s->stopped && b->alive > 0 && outcome == SB_GOES_ON) {
        sb_twin_threads_run(s);
        if (!s->stopped && b->alive > 0) {
            outcome = sb_twin_resolve(exec, b);
        }
    }
    leave_block(exec);
    return outcome;
}

static void find_deadlock(struct sb_exec *exec)
{
    struct sb_twin_schedule *s = &exec->schedule;
    const struct sb_twin_block *b = &s->block[s->running];
    struct sb_finding finding = {.kind = SB_FINDING_DEADLOCK};
    for (int t = 0; t < s->threads && !finding.first.known; ++t) {
        if (b->state[t] != SB_THREAD_ENDED && b->thread[t].spin_pc) {
            finding.first = (struct sb_party){.known = true,
                                              .block = b->index,
                                              .thread = s->at[t],
                                              .site = sb_twin_site(b->thread[t].spin_pc)};
        }
    }
    snprintf(
        finding.words, sizeof finding.words,
        s->resident == 1 && s->begun == s->blocks
            ? "waits for what no thread of its block will do"
            : "waits for what no thread of the %d blocks under way will do (%u of %u have begun)",
        s->resident, s->begun, s->blocks);
    sb_twin_find(&finding);
    s->stopped = true;
}

/* The first block spins: others begin, and those under way take turns, until one of them makes progress. */
static int run_together(struct sb_exec *exec, struct sb_error *err)
{
    struct sb_twin_schedule *s = &exec->schedule;
    int rounds = 0;
    uint64_t changes = exec->object.twin->changes;
    int code = exchange_shared(exec, &s->block[0], true, err);
    while (code == 0 && s->resident > 0 && !s->stopped) {
        bool progress = false;
        if (s->begun < s->blocks && s->resident < SB_RESIDENT_MOST) {
            code = begin_block(exec, s->resident, err);
            s->resident += code == 0;
            progress = true;
        }
        for (int i = 0; code == 0 && i < s->resident && !s->stopped; ++i) {
            struct sb_twin_block *b = &s->block[i];
            const int alive = b->alive;
            exchange_shared(exec, b, false, err);
            run_block(exec, i);
            progress = progress || b->alive != alive;
            if (b->alive == 0 && !s->stopped) {
                const struct sb_twin_block ended = *b;
                free(b->saved);
                s->block[i] = s->block[--s->resident];
                s->block[s->resident] = ended;
                s->block[s->resident].saved = NULL;
                --i;
            } else {
                code = exchange_shared(exec, b, true, err);
            }
        }
        progress = progress || changes != exec->object.twin->changes;
        changes = exec->object.twin->changes;
        rounds = progress ? 0 : rounds + 1;
        if (code == 0 && rounds > SB_STUCK_ROUNDS && !s->stopped) {
            s->running = 0;
            find_deadlock(exec);
        }
    }
    return code;
}

int sb_twin_schedule_launch(struct sb_exec *exec, struct sb_error *err)
{
    struct sb_twin_schedule *s = &exec->schedule;
    s->launch_epoch = ++s->epoch;
    s->begun = 0;
    s->resident = 0;
    s->stopped = false;
    sb_twin_draw_turns(s);
    sb_order_reset(&exec->order);
    int code = 0;
    while (code == 0 && !s->stopped && s->begun < s->blocks) {
        code = begin_block(exec, 0, err);
        if (code == 0 && run_block(exec, 0) == SB_SPINNING && !s->stopped) {
            s->resident = 1;
            code = run_together(exec, err);
            s->resident = 0;
        }
    }
    return code;
}
