/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/noise.h"

#include "harness/run/node.h"
#include "harness/run/noise_interrupts.h"
#include "harness/util/process.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define QUANTUM_NS 50000U
#define CORES_MOST 1024
#define DETOUR 0.1 /* of a quantum */

struct core {
    int cpu;
    double seconds;
    uint64_t steps, quanta, best_ns, detours, longest_ns;
    double took_ns;
};

/* Additions that wait for each other: nothing but the core's clock decides how long they take. */
static uint64_t work(uint64_t steps)
{
    uint64_t x = steps;
    for (uint64_t i = 0; i < steps; ++i) {
        x += i;
        __asm__ volatile("" : "+r"(x));
    }
    return x;
}

static uint64_t timed(uint64_t steps)
{
    const uint64_t from = sb_process_now_ns();
    const uint64_t x = work(steps);
    __asm__ volatile("" : : "r"(x));
    return sb_process_now_ns() - from;
}

/* So many steps that the best of ten quanta lasts QUANTUM_NS. */
static uint64_t calibrate(void)
{
    uint64_t steps = 10000;
    for (int round = 0; round < 4; ++round) {
        uint64_t best_ns = UINT64_MAX;
        for (int i = 0; i < 10; ++i) {
            const uint64_t took_ns = timed(steps);
            best_ns = took_ns < best_ns ? took_ns : best_ns;
        }
        steps = steps * QUANTUM_NS / (best_ns > 0 ? best_ns : 1) + 1;
    }
    return steps;
}

/* Two passes over the same counts would need room for all: what counts as a detour is known from the best of the first 50 ms. */
static void *watch_core(void *payload)
{
    struct core *core = payload;
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET((size_t)core->cpu, &own);
    sched_setaffinity(0, sizeof own, &own);
    core->steps = calibrate();
    core->best_ns = UINT64_MAX;
    for (int i = 0; i < 1000; ++i) {
        const uint64_t took_ns = timed(core->steps);
        core->best_ns = took_ns < core->best_ns ? took_ns : core->best_ns;
    }
    const uint64_t limit_ns = core->best_ns + (uint64_t)(DETOUR * (double)core->best_ns);
    const uint64_t until = sb_process_now_ns() + (uint64_t)(core->seconds * 1e9);
    while (sb_process_now_ns() < until) {
        const uint64_t took_ns = timed(core->steps);
        core->quanta++;
        core->took_ns += (double)took_ns;
        core->best_ns = took_ns < core->best_ns ? took_ns : core->best_ns;
        core->detours += took_ns > limit_ns;
        core->longest_ns = took_ns > core->longest_ns ? took_ns : core->longest_ns;
    }
    return NULL;
}

static json_t *tell_core(const struct core *core, const struct sb_interrupts *before,
                         const struct sb_interrupts *after)
{
    const double span_s = core->took_ns * 1e-9;
    const double best = (double)core->best_ns * (double)core->quanta;
    json_t *all = json_null();
    json_t *timer = json_null();
    if (after->seconds > before->seconds && core->cpu < after->cpus && core->cpu < before->cpus) {
        const double elapsed_s = after->seconds - before->seconds;
        all = json_real((after->all[core->cpu] - before->all[core->cpu]) / elapsed_s);
        timer = json_real((after->timer[core->cpu] - before->timer[core->cpu]) / elapsed_s);
    }
    return json_pack(
        "{s:i,s:I,s:I,s:f,s:f,s:I,s:o,s:o}", "cpu", core->cpu, "quanta", (json_int_t)core->quanta,
        "quantum_ns", (json_int_t)core->best_ns, "lost_share",
        core->took_ns > 0 ? 1 - best / core->took_ns : 0, "detours_per_s",
        span_s > 0 ? (double)core->detours / span_s : 0, "longest_ns",
        (json_int_t)(core->longest_ns > core->best_ns ? core->longest_ns - core->best_ns : 0),
        "interrupts_per_s", all, "timer_per_s", timer);
}

json_t *sb_noise(double seconds)
{
    static int cpus[CORES_MOST];
    static pthread_t threads[CORES_MOST];
    static struct sb_interrupts before, after;
    const int count = sb_node_cpus(cpus, CORES_MOST, NULL);
    struct core *cores = calloc(count > 0 ? (size_t)count : 1, sizeof *cores);
    int started = 0;
    if (count <= 0 || !cores) {
        free(cores);
        return NULL;
    }
    sb_interrupts_read(&before, "");
    for (; started < count; ++started) { /* fewer where no more threads may be started */
        cores[started] = (struct core){.cpu = cpus[started], .seconds = seconds};
        if (pthread_create(&threads[started], NULL, watch_core, &cores[started]) != 0) {
            break;
        }
    }
    for (int i = 0; i < started; ++i) {
        pthread_join(threads[i], NULL);
    }
    sb_interrupts_read(&after, "");
    json_t *told = json_array();
    for (int i = 0; i < started; ++i) {
        json_array_append_new(told, tell_core(&cores[i], &before, &after));
    }
    free(cores);
    const double ticks = after.ticks - before.ticks;
    return json_pack("{s:f,s:o,s:o}", "seconds", seconds, "steal_share",
                     ticks > 0 ? json_real((after.steal - before.steal) / ticks) : json_null(),
                     "cores", told);
}
