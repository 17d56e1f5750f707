/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock that the core really runs at, measured: a chain of additions, each of which needs the one before, takes one cycle a
 * step on every processor that we know of (Fog, Instruction tables; Arm's software optimisation guides). cpufreq's files would
 * say it too, but where the kernel averages APERF/MPERF a read may interrupt the core and wait 10 ms, and guests have none.
 * The least of three chains: an interrupt lengthens one. On the thread that launches, right after its last repetition.
 */
#include "harness/run/steady/source.h"
#include "harness/util/process.h"

#include <stdlib.h>

#define STEPS 4096 /* 1 to 2 µs */
#define TRIES 3
#define SLOWER                                                                                     \
    0.05 /* of the fastest that was seen of this cell; the measurement itself varies by about 1 % */

struct state {
    double overhead_ns; /* of reading the time twice */
    double fastest_Hz;
};

/* The compiler must not fold it; the empty statement makes each step a register addition of its own. */
static uint64_t chain(uint64_t x, uint64_t step)
{
#define ONE                                                                                        \
    x += step;                                                                                     \
    __asm__ volatile("" : "+r"(x) : "r"(step));
#define EIGHT ONE ONE ONE ONE ONE ONE ONE ONE
    for (int i = 0; i < STEPS / 32; ++i) {
        EIGHT EIGHT EIGHT EIGHT
    }
#undef EIGHT
#undef ONE
    return x;
}

static double clock_Hz(const struct state *state)
{
    uint64_t least_ns = UINT64_MAX;
    for (int i = 0; i < TRIES; ++i) {
        const uint64_t from = sb_process_now_ns();
        const uint64_t x = chain(from, 3);
        __asm__ volatile("" : : "r"(x));
        const uint64_t took = sb_process_now_ns() - from;
        least_ns = took < least_ns ? took : least_ns;
    }
    const double net_ns = (double)least_ns - state->overhead_ns;
    return net_ns > 0 ? STEPS / net_ns * 1e9 : 0;
}

static bool open_clock(void **out, const struct sb_steady_at *at, char *reason, size_t room)
{
    (void)at;
    (void)reason;
    (void)room;
    struct state *state = calloc(1, sizeof *state);
    uint64_t least_ns = UINT64_MAX;
    for (int i = 0; i < 16; ++i) {
        const uint64_t from = sb_process_now_ns();
        const uint64_t took = sb_process_now_ns() - from;
        least_ns = took < least_ns ? took : least_ns;
    }
    if (state) {
        state->overhead_ns = (double)least_ns;
    }
    *out = state;
    return state != NULL;
}

static void begin(void *state)
{
    (void)state;
}

static void end(void *payload, struct sb_steady_turn *turn)
{
    struct state *state = payload;
    const double now_Hz = clock_Hz(state);
    state->fastest_Hz = now_Hz > state->fastest_Hz ? now_Hz : state->fastest_Hz;
    sb_steady_least(turn, "clock_low_Hz", now_Hz);
    sb_steady_most(turn, "clock_high_Hz", now_Hz);
    if (now_Hz < (1 - SLOWER) * state->fastest_Hz) {
        sb_steady_mark(turn, "clock", 1 - now_Hz / state->fastest_Hz);
    }
}

const struct sb_steady_source sb_steady_source_clock = {
    .name = "clock", .open = open_clock, .begin = begin, .end = end, .close = free};
