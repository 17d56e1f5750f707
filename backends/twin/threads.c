/* SPDX-License-Identifier: Apache-2.0 */
/* Threads as fibers. A fiber runs one thread after the other until one of them blocks; then the next takes over, on a
 * fiber of its own. Only when no thread of the block can go on does the scheduler look at what they wait for. */
#include "backends/twin/twin.h"

#define SPINS_MOST 32 /* fruitless looks at memory before others run */

static struct sb_twin_schedule *schedule(void)
{
    return &sb_twin_running->schedule;
}

static struct sb_twin_block *block(void)
{
    return &schedule()->block[schedule()->running];
}

/* From here on the running thread is @p t. */
static void begin(struct sb_twin_schedule *s, int t)
{
    struct sb_twin *twin = sb_twin_running->object.twin;
    s->thread = t;
    twin->here->sb_thread = s->at[t];
    twin->here->sb_lane = (uint32_t)(t % s->warp_size);
    twin->tid = s->block[s->running].linear << twin->tid_bits | (uint32_t)t;
}

static int next_runnable(const struct sb_twin_schedule *s, struct sb_twin_block *b)
{
    while (b->cursor < s->threads) {
        const int t = s->turn[b->cursor++];
        if (b->state[t] <= SB_THREAD_READY) {
            return t;
        }
    }
    return -1;
}

/* No compare-and-swap came: the plain read is what it looked like. */
static void settle_guess(struct sb_twin_block *b, int t)
{
    if (b->thread[t].guess.address) {
        b->thread[t].guess.address = 0;
        sb_twin_find(&b->thread[t].guess.finding);
    }
}

static void fiber_main(void);

/* Where thread @p t goes on, which is the running one from now on. */
static void *entry_of(struct sb_twin_schedule *s, struct sb_twin_block *b, int t)
{
    begin(s, t);
    if (b->state[t] == SB_THREAD_READY) {
        return b->thread[t].stack_pointer;
    }
    return b->idle_count > 0 ? b->idle[--b->idle_count]
                             : sb_fiber_prepare(&b->stacks, b->stacks_used++, fiber_main);
}

static void fiber_main(void)
{
    for (;;) {
        struct sb_twin_schedule *s = schedule();
        s->run(s->args);
        struct sb_twin_block *b = block();
        settle_guess(b, s->thread);
        b->state[s->thread] = SB_THREAD_ENDED;
        b->alive--;
        const int next = next_runnable(s, b);
        if (next >= 0 && b->state[next] == SB_THREAD_FRESH) {
            begin(s, next);
            continue;
        }
        void *to = next >= 0 ? entry_of(s, b, next) : s->home;
        sb_fiber_switch(&b->idle[b->idle_count++], to);
    }
}

static void switch_from(void **from)
{
    struct sb_twin_schedule *s = schedule();
    struct sb_twin_block *b = block();
    const int next = next_runnable(s, b);
    sb_fiber_switch(from, next >= 0 ? entry_of(s, b, next) : s->home);
}

void sb_twin_threads_run(struct sb_twin_schedule *s)
{
    struct sb_twin_block *b = &s->block[s->running];
    b->cursor = 0;
    const int next = next_runnable(s, b);
    if (next >= 0) {
        sb_fiber_switch(&s->home, entry_of(s, b, next));
    }
}

void sb_twin_stop_thread(void)
{
    struct sb_twin_block *b = block();
    void *never = NULL;
    b->state[schedule()->thread] = SB_THREAD_ENDED;
    b->alive--;
    switch_from(&never);
    __builtin_unreachable();
}

void sb_twin_stop_launch(void)
{
    void *never = NULL;
    schedule()->stopped = true;
    sb_fiber_switch(&never, schedule()->home);
    __builtin_unreachable();
}

static struct sb_twin_thread *block_here(enum sb_thread_state state, const void *pc)
{
    struct sb_twin_block *b = block();
    const int t = schedule()->thread;
    settle_guess(b, t);
    b->state[t] = (unsigned char)state;
    b->thread[t].pc = pc;
    switch_from(&b->thread[t].stack_pointer);
    return &block()->thread[t]; /* the block may have moved to another slot */
}

static int32_t barrier(enum sb_twin_barrier kind, unsigned fences, int32_t value, const void *pc)
{
    struct sb_twin_thread *thread = &block()->thread[schedule()->thread];
    sb_twin_running->used_barriers = true;
    thread->what = (int32_t)kind;
    thread->fences = fences;
    thread->value = (uint64_t)value;
    thread->spins = 0;
    return (int32_t)block_here(SB_THREAD_AT_BARRIER, pc)->result;
}

static uint64_t warp(enum sb_twin_warp what, uint64_t mask, uint64_t value, int32_t argument,
                     int32_t width, const void *pc)
{
    struct sb_twin_thread *thread = &block()->thread[schedule()->thread];
    sb_twin_running->used_warps = true;
    thread->what = (int32_t)what;
    thread->mask = mask;
    thread->value = value;
    thread->argument = argument;
    thread->width = width;
    thread->spins = 0;
    return block_here(SB_THREAD_AT_WARP, pc)->result;
}

static void fence(unsigned fences, const void *pc)
{
    (void)pc;
    struct sb_twin *twin = sb_twin_running->object.twin;
    struct sb_order_thread *order = &block()->order[schedule()->thread];
    const uint32_t epoch = ++schedule()->epoch;
    schedule()->order_used = true;
    twin->now[SB_TWIN_IN_SHARED] = epoch;
    order->fenced_local = epoch;
    if (fences & SB_TWIN_GLOBAL) {
        twin->now[SB_TWIN_IN_GLOBAL] = epoch;
        order->fenced = epoch;
    }
}

static uint64_t active(void)
{
    const struct sb_twin_schedule *s = schedule();
    const int first = s->thread / s->warp_size * s->warp_size;
    uint64_t lanes = 0;
    for (int i = 0; i < s->warp_size && first + i < s->threads; ++i) {
        lanes |= (uint64_t)(block()->state[first + i] != SB_THREAD_ENDED) << i;
    }
    sb_twin_running->used_warps = true;
    return lanes;
}

static void spin(const void *pc)
{
    struct sb_twin_thread *thread = &block()->thread[schedule()->thread];
    thread->spins = thread->spin_pc == pc ? thread->spins + 1 : 0;
    thread->spin_pc = pc;
    if (thread->spins >= SPINS_MOST) {
        thread->spins = 0;
        block_here(SB_THREAD_SPINS, pc);
    }
}

static void trap(const char *what, const void *pc)
{
    const struct sb_twin_schedule *s = schedule();
    struct sb_finding finding = {.kind = SB_FINDING_TRAP};
    snprintf(finding.words, sizeof finding.words, "%s", what);
    finding.first = (struct sb_party){.known = true,
                                      .block = block()->index,
                                      .thread = s->at[s->thread],
                                      .site = sb_twin_site(pc)};
    sb_twin_find(&finding);
    sb_twin_stop_launch();
}

static void bounds(const char *words)
{
    struct sb_finding finding = {.kind = SB_FINDING_LAUNCH};
    snprintf(finding.words, sizeof finding.words, "%s", words);
    sb_twin_find(&finding);
    sb_twin_stop_launch();
}

void sb_twin_threads_serve(struct sb_twin *twin)
{
    twin->barrier = barrier;
    twin->warp = warp;
    twin->fence = fence;
    twin->active = active;
    twin->spin = spin;
    twin->bounds = bounds;
    twin->trap = trap;
}
