/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/sampler.h"

#include "harness/util/process.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What was seen of one level since the window began. */
struct level {
    double integral, least, most, last; /* last: NAN before the first number */
    uint64_t last_ns;
    uint64_t seen_ns, covered_ns; /* what the integral is over; of that, read often enough */
};

struct sb_sampler {
    struct sb_sampling of;
    double *now;
    struct level *level;
    long samples;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool running, end;
    int code;
    struct sb_error why;
};

static void add(struct level *level, double value, uint64_t now_ns)
{
    if (!isfinite(value)) {
        return;
    }
    if (isfinite(level->last)) {
        const uint64_t gap_ns = now_ns - level->last_ns;
        level->integral += (level->last + value) / 2 * (double)gap_ns * 1e-9;
        level->seen_ns += gap_ns;
        level->covered_ns += gap_ns <= 1000000000U / SB_SAMPLER_LEAST_HZ ? gap_ns : 0;
    }
    level->least = fmin(level->least, value);
    level->most = fmax(level->most, value);
    level->last = value;
    level->last_ns = now_ns;
}

/* A read may take long: its time is the middle. */
static int sample(struct sb_sampler *s, struct sb_error *err)
{
    const uint64_t begun = sb_process_now_ns();
    const int code = s->of.read(s->now, s->of.payload, err);
    const uint64_t now_ns = begun + (sb_process_now_ns() - begun) / 2;
    for (int i = 0; code == 0 && i < s->of.count; ++i) {
        add(&s->level[i], s->now[i], now_ns);
    }
    s->samples += code == 0;
    return code;
}

#define AHEAD (-10) /* nice value, where that is allowed: it works for some 0.1 ms in 50 */

/* The thread inherits the binding of the one that computes. */
static void keep_off(const struct sb_sampling *of)
{
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), AHEAD);
    cpu_set_t others;
    CPU_ZERO(&others);
    for (int i = 0; i < CPU_SETSIZE; ++i) {
        CPU_SET(i, &others);
    }
    cpu_set_t all = others;
    for (int i = 0; i < of->busy_count; ++i) {
        if (of->busy[i] >= 0 && of->busy[i] < CPU_SETSIZE) {
            CPU_CLR(of->busy[i], &others);
        }
    }
    if (pthread_setaffinity_np(pthread_self(), sizeof others, &others) != 0) {
        (void)pthread_setaffinity_np(pthread_self(), sizeof all, &all); /* none is free: any */
    }
}

static struct timespec after(struct timespec t, long ns)
{
    t.tv_nsec += ns;
    t.tv_sec += t.tv_nsec / 1000000000L;
    t.tv_nsec %= 1000000000L;
    return t;
}

static void *keep_reading(void *payload)
{
    struct sb_sampler *s = payload;
    keep_off(&s->of);
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&s->lock);
    while (!s->end && s->code == 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        next = after(next, 1000000000L / SB_SAMPLER_HZ);
        if (now.tv_sec > next.tv_sec || (now.tv_sec == next.tv_sec && now.tv_nsec > next.tv_nsec)) {
            next = now; /* it was late: no burst to make up for it */
        }
        while (!s->end && pthread_cond_timedwait(&s->ended, &s->lock, &next) == 0) {
        }
        s->code = s->end ? s->code : sample(s, &s->why);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

int sb_sampler_new(struct sb_sampler **out, const struct sb_sampling *sampling,
                   struct sb_error *err)
{
    struct sb_sampler *s = calloc(1, sizeof *s);
    if (s) {
        s->now = calloc((size_t)sampling->count + 1, sizeof *s->now);
        s->level = calloc((size_t)sampling->count + 1, sizeof *s->level);
    }
    if (!s || !s->now || !s->level) {
        free(s ? s->now : NULL);
        free(s ? s->level : NULL);
        free(s);
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    s->of = *sampling;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&s->lock, NULL);
    *out = s;
    return 0;
}

int sb_sampler_start(struct sb_sampler *s, struct sb_error *err)
{
    s->end = false;
    s->code = 0;
    s->samples = 0;
    for (int i = 0; i < s->of.count; ++i) {
        s->level[i] = (struct level){.least = INFINITY, .most = -INFINITY, .last = NAN};
    }
    const int code = sample(s, err);
    if (code != 0) {
        return code;
    }
    if (pthread_create(&s->thread, NULL, keep_reading, s) != 0) {
        return sb_fail(err, SB_ENOMEM, "no thread could be started to read it");
    }
    s->running = true;
    return 0;
}

static void end_thread(struct sb_sampler *s)
{
    if (s->running) {
        pthread_mutex_lock(&s->lock);
        s->end = true;
        pthread_cond_signal(&s->ended);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
        s->running = false;
    }
}

static void tell(struct sb_sampled *out, const struct level *level)
{
    *out = (struct sb_sampled){
        .least = level->least,
        .most = level->most,
        .integral = level->integral,
        .covered = level->seen_ns > 0 ? (double)level->covered_ns / (double)level->seen_ns : 0,
        .mean =
            level->seen_ns > 0 ? level->integral / ((double)level->seen_ns * 1e-9) : level->last};
    if (!isfinite(level->last) || level->seen_ns == 0) {
        snprintf(out->fault, sizeof out->fault, "it gave no number while the window lasted");
    } else if (out->covered < SB_SAMPLER_COVERED) {
        snprintf(out->fault, sizeof out->fault,
                 "it was read less often than %d times a second for %.0f %% of the time: leave a "
                 "processor "
                 "free for reading (--threads)",
                 SB_SAMPLER_LEAST_HZ, 100 * (1 - out->covered));
    }
}

int sb_sampler_stop(struct sb_sampled out[], long *out_samples, struct sb_sampler *s,
                    struct sb_error *err)
{
    end_thread(s);
    int code = s->code != 0 ? sb_fail(err, s->code, "%s", s->why.text) : sample(s, err);
    for (int i = 0; code == 0 && i < s->of.count; ++i) {
        tell(&out[i], &s->level[i]);
    }
    if (out_samples) {
        *out_samples = s->samples;
    }
    return code;
}

void sb_sampler_free(struct sb_sampler *s)
{
    if (s) {
        end_thread(s);
        pthread_cond_destroy(&s->ended);
        pthread_mutex_destroy(&s->lock);
        free(s->now);
        free(s->level);
    }
    free(s);
}
