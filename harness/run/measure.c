/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/measure.h"

#include "harness/plan/kernels.h"
#include "harness/util/process.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_NS 150000000U
#define CHAIN ((size_t)1 << 20) /* lines of 64 bytes */
#define WAKES 500

struct line {
    struct line *next;
    char rest[56];
};

static double bandwidth(void)
{
    const double cache = sb_cache_bytes();
    const double each = cache > 24e6 ? 4 * cache / 3 : 32e6;
    const size_t n = (size_t)(each < 256e6 ? each : 256e6) / sizeof(double);
    double *a = malloc(3 * n * sizeof *a);
    if (!a) {
        return 0;
    }
    double *b = a + n;
    double *c = b + n;
    for (size_t i = 0; i < n; ++i) {
        a[i] = 0;
        b[i] = (double)i;
        c[i] = 0.5;
    }
    double best = 0;
    const unsigned long long began = sb_process_now_ns();
    for (int pass = 0; pass < 3 || sb_process_now_ns() - began < WINDOW_NS; ++pass) {
        const unsigned long long from = sb_process_now_ns();
        for (size_t i = 0; i < n; ++i) {
            a[i] = b[i] + 3.0 * c[i];
        }
        __asm__ volatile("" : : "r"(a) : "memory");
        const double rate = 24.0 * (double)n / ((double)(sb_process_now_ns() - from) * 1e-9);
        best = rate > best ? rate : best;
    }
    free(a);
    return best;
}

/* Sattolo's shuffle: one cycle through all lines. */
static double latency(void)
{
    struct line *lines = malloc(CHAIN * sizeof *lines);
    uint32_t *order = malloc(CHAIN * sizeof *order);
    double mean = 0;
    if (lines && order) {
        uint64_t state = 88172645463325252U;
        for (size_t i = 0; i < CHAIN; ++i) {
            order[i] = (uint32_t)i;
        }
        for (size_t i = CHAIN - 1; i > 0; --i) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            const size_t j = (size_t)(state % i);
            const uint32_t kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        for (size_t i = 0; i < CHAIN; ++i) {
            lines[order[i]].next = &lines[order[(i + 1) % CHAIN]];
        }
        const struct line *at = lines;
        size_t loads = 0;
        const unsigned long long began = sb_process_now_ns();
        do {
            for (int i = 0; i < 10000; ++i) {
                at = at->next;
            }
            loads += 10000;
            __asm__ volatile("" : : "r"(at) : "memory");
        } while (sb_process_now_ns() - began < WINDOW_NS);
        mean = (double)(sb_process_now_ns() - began) / (double)loads;
    }
    free(lines);
    free(order);
    return mean;
}

static double clock_cost(void)
{
    const int count = 20000;
    const unsigned long long began = sb_process_now_ns();
    for (int i = 1; i < count; ++i) {
        (void)sb_process_now_ns();
    }
    return (double)(sb_process_now_ns() - began) / count;
}

struct pair {
    sem_t there, back;
};

static void *answer(void *payload)
{
    struct pair *pair = payload;
    for (int i = 0; i < WAKES; ++i) {
        sem_wait(&pair->there);
        sem_post(&pair->back);
    }
    return NULL;
}

static double wake(void)
{
    struct pair pair;
    pthread_t other;
    sem_init(&pair.there, 0, 0);
    sem_init(&pair.back, 0, 0);
    if (pthread_create(&other, NULL, answer, &pair) != 0) {
        return 0;
    }
    const unsigned long long began = sb_process_now_ns();
    for (int i = 0; i < WAKES; ++i) {
        sem_post(&pair.there);
        sem_wait(&pair.back);
    }
    const double mean = (double)(sb_process_now_ns() - began) / WAKES;
    pthread_join(other, NULL);
    sem_destroy(&pair.there);
    sem_destroy(&pair.back);
    return mean;
}

json_t *sb_measure(void)
{
    const double rate = bandwidth();
    const double load = latency();
    return json_pack("{s:s,s:s,s:f,s:f,s:f,s:f}", "version", SB_VERSION, "compiler", __VERSION__,
                     "bandwidth_B_per_s", rate, "latency_ns", load, "clock_ns", clock_cost(),
                     "wake_ns", wake());
}
