/* SPDX-License-Identifier: Apache-2.0 */
/* Linux perf_event: the counters of the processor, of what surrounds its cores, and of the kernel (perf_event_open(2)). */
#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/perf/counters.h"
#include "harness/run/counting/sysfs.h"
#include "harness/util/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define EVENTS_MOST 32 /* opened at once: the kernel says earlier what the core's counters hold */
#define TRIAL_NS 200000U

struct sb_counting {
    struct sb_perf_counters counters;
    double scale[EVENTS_MOST];
    bool core[EVENTS_MOST]; /* in the core's counters */
};

/* Whether this thread may open it; reasons as sb_perf_refused(). */
static int try_event(const struct sb_perf_event *event, struct sb_error *err)
{
    const pid_t self = getpid();
    const struct sb_counting_target target = {
        .threads = &self, .thread_count = 1, .root = sb_sysfs_root()};
    struct sb_perf_counters counters = {0};
    const int reason = sb_perf_counters_add(&counters, event, &target);
    sb_perf_counters_drop(&counters, 0);
    return reason == 0 ? 0 : sb_perf_refused(event, reason, err);
}

static int describe(struct sb_counter_event *out, const char *name, struct sb_error *err)
{
    struct sb_perf_event *event = malloc(sizeof *event);
    if (!event) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    int code = sb_perf_event_find(event, sb_sysfs_root(), name, err);
    code = code != 0 ? code : try_event(event, err);
    *out = event->told;
    free(event);
    return code;
}

/* The processor's reason is told where not even the kernel's own events can be counted. */
static int probe(char *version, size_t room, struct sb_error *err)
{
    static const char *const tried[] = {"task-clock", "cycles"};
    struct utsname kernel;
    struct sb_counter_event event;
    snprintf(version, room, "Linux %s", uname(&kernel) == 0 ? kernel.release : "");
    int code = 0;
    for (int i = 0; i < 2; ++i) {
        code = describe(&event, tried[i], i == 0 ? err : NULL);
        if (code == 0) {
            return 0;
        }
    }
    return code;
}

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    (void)err;
    return sb_perf_event_list(each, payload, sb_sysfs_root());
}

static void close_counters(struct sb_counting *counting)
{
    if (counting) {
        sb_perf_counters_drop(&counting->counters, 0);
    }
    free(counting);
}

static int open_event(struct sb_counting *counting, const char *name,
                      const struct sb_counting_target *target, struct sb_error *err)
{
    const int number = counting->counters.events;
    struct sb_perf_event *event = malloc(sizeof *event);
    if (!event) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    int code = sb_perf_event_find(event, target->root, name, err);
    const int reason = code == 0 ? sb_perf_counters_add(&counting->counters, event, target) : 0;
    if (reason != 0) {
        code = sb_perf_refused(event, reason, err);
    } else if (code == 0) {
        counting->scale[number] = event->scale;
        counting->core[number] = event->kind == SB_PERF_CORE;
    }
    free(event);
    return code;
}

static int core_events(const struct sb_counting *counting)
{
    int count = 0;
    for (int e = 0; e < counting->counters.events; ++e) {
        count += counting->core[e];
    }
    return count;
}

/* A group that the kernel took may still never count: another program, or the kernel's watchdog, keeps a counter for itself.
 * That shows once it is tried, for events of this thread. */
static bool runs(struct sb_counting *counting)
{
    bool ran = true;
    if (sb_perf_counters_on(&counting->counters) == 0) {
        const unsigned long long begun = sb_process_now_ns();
        while (sb_process_now_ns() - begun < TRIAL_NS) {
        }
    }
    sb_perf_counters_off(&counting->counters);
    for (int e = 0; e < counting->counters.events; ++e) {
        struct sb_count count;
        sb_perf_counters_read(&count, &counting->counters, e, 1);
        ran = ran && (!counting->core[e] || count.fault[0] || count.running > 0);
    }
    return ran;
}

static void fit(struct sb_counting *counting)
{
    while (core_events(counting) > 1 && !runs(counting)) {
        int last = counting->counters.events - 1;
        while (!counting->core[last]) {
            --last;
        }
        sb_perf_counters_drop(&counting->counters, last);
    }
}

static int open_counters(struct sb_counting **out, int *out_taken, const char *const *names,
                         int count, const struct sb_counting_target *target, struct sb_error *err)
{
    struct sb_counting *counting = calloc(1, sizeof *counting);
    if (!counting) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    int code = 0;
    for (int i = 0; code == 0 && i < count && i < EVENTS_MOST; ++i) {
        code = open_event(counting, names[i], target, i == 0 ? err : NULL);
    }
    if (counting->counters.events == 0) {
        close_counters(counting);
        return code;
    }
    fit(counting);
    *out = counting;
    *out_taken = counting->counters.events;
    return 0;
}

static int start(struct sb_counting *counting, struct sb_error *err)
{
    const int reason = sb_perf_counters_on(&counting->counters);
    return reason == 0 ? 0
                       : sb_fail(err, SB_EDEVICE, "a counter does not start: %s", strerror(reason));
}

static int stop(struct sb_count out[], struct sb_counting *counting, struct sb_error *err)
{
    (void)err;
    sb_perf_counters_off(&counting->counters);
    for (int e = 0; e < counting->counters.events; ++e) {
        sb_perf_counters_read(&out[e], &counting->counters, e, counting->scale[e]);
    }
    return 0;
}

static const char *const usual[] = {
    "cycles",     "instructions", "branches",         "branch-misses",  "cache-misses",
    "task-clock", "page-faults",  "context-switches", "cpu-migrations", NULL};

const struct sb_counter_source sb_counter_source_perf_event = {
    .name = "perf_event",
    .title = "Linux perf_event: counters of the processor and of the kernel",
    .scope = "thread",
    .backends = (const char *const[]){"cpu", "opencl", NULL},
    .usual = usual,
    .automatic = true,
    .probe = probe,
    .list = list,
    .event = describe,
    .open = open_counters,
    .start = start,
    .stop = stop,
    .close = close_counters,
};
