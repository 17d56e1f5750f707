/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/perf/counters.h"

#include "harness/run/counting/perf/calls.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sb_perf_counter *leader(const struct sb_perf_counters *counters, uint32_t pmu,
                                            int place)
{
    for (int i = 0; i < counters->count; ++i) {
        const struct sb_perf_counter *c = &counters->counter[i];
        if (c->leads && c->place == place && c->pmu == pmu) {
            return c;
        }
    }
    return NULL;
}

/* User code alone where that can be told apart: kernels forbid more to most users. PMUs that cannot tell say EINVAL. */
static int open_one(const struct sb_perf_event *event, uint32_t type, pid_t thread, int cpu,
                    int group)
{
    struct perf_event_attr attr = {.size = sizeof attr,
                                   .type = type,
                                   .config = event->config[0],
                                   .config1 = event->config[1],
                                   .config2 = event->config[2],
                                   .disabled = group < 0,
                                   .exclude_kernel = event->kind == SB_PERF_CORE,
                                   .exclude_hv = event->kind == SB_PERF_CORE,
                                   .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
                                                  PERF_FORMAT_TOTAL_TIME_RUNNING};
    int fd = sb_perf_calls.open(&attr, thread, cpu, group, PERF_FLAG_FD_CLOEXEC);
    const bool forbidden = fd < 0 && (errno == EACCES || errno == EPERM);
    if (forbidden && event->kind == SB_PERF_SOFTWARE && !event->kernel_only) {
        attr.exclude_kernel = 1;
        fd = sb_perf_calls.open(&attr, thread, cpu, group, PERF_FLAG_FD_CLOEXEC);
    }
    return fd;
}

static int add_counter(struct sb_perf_counters *counters, const struct sb_perf_event *event,
                       int box, pid_t thread, int cpu)
{
    if (counters->count == counters->room) {
        const int room = counters->room ? 2 * counters->room : 64;
        struct sb_perf_counter *more =
            realloc(counters->counter, (size_t)room * sizeof *counters->counter);
        if (!more) {
            return ENOMEM;
        }
        counters->counter = more;
        counters->room = room;
    }
    /* generic, cached and raw events, and those by name, are all in the core's counters */
    const bool grouped = event->kind == SB_PERF_CORE || event->kind == SB_PERF_UNCORE;
    const uint32_t pmu = event->kind == SB_PERF_CORE ? PERF_TYPE_HARDWARE : event->type[box];
    const int place = event->kind == SB_PERF_UNCORE ? cpu : (int)thread;
    const struct sb_perf_counter *first = grouped ? leader(counters, pmu, place) : NULL;
    const int fd = open_one(event, event->type[box], thread, cpu, first ? first->fd : -1);
    if (fd < 0) {
        return errno;
    }
    counters->counter[counters->count++] =
        (struct sb_perf_counter){.fd = fd,
                                 .event = counters->events,
                                 .place = place,
                                 .pmu = grouped ? pmu : UINT32_MAX,
                                 .leads = !first};
    return 0;
}

static int add_threads(struct sb_perf_counters *counters, const struct sb_perf_event *event,
                       const struct sb_counting_target *target)
{
    int alive = 0;
    for (int t = 0; t < target->thread_count; ++t) {
        const int reason = add_counter(counters, event, 0, target->threads[t], -1);
        if (reason != 0 && reason != ESRCH) {
            return reason;
        }
        alive += reason == 0;
    }
    return alive > 0 ? 0 : ESRCH;
}

static int add_boxes(struct sb_perf_counters *counters, const struct sb_perf_event *event,
                     const struct sb_counting_target *target)
{
    int opened = 0;
    for (int box = 0; box < event->boxes; ++box) {
        int cpu[64];
        const int cpus =
            sb_perf_pmu_cpus(cpu, (int)(sizeof cpu / sizeof *cpu), event->pmu[box], target);
        for (int i = 0; i < cpus; ++i, ++opened) {
            const int reason = add_counter(counters, event, box, -1, cpu[i]);
            if (reason != 0) {
                return reason;
            }
        }
    }
    return opened > 0 ? 0 : ENODEV;
}

int sb_perf_counters_add(struct sb_perf_counters *counters, const struct sb_perf_event *event,
                         const struct sb_counting_target *target)
{
    const int reason = event->kind == SB_PERF_UNCORE ? add_boxes(counters, event, target)
                                                     : add_threads(counters, event, target);
    if (reason != 0) {
        sb_perf_counters_drop(counters, counters->events);
        return reason;
    }
    counters->events++;
    return 0;
}

void sb_perf_counters_drop(struct sb_perf_counters *counters, int from)
{
    while (counters->count > 0 && counters->counter[counters->count - 1].event >= from) {
        sb_perf_calls.close(counters->counter[--counters->count].fd);
    }
    counters->events = from < counters->events ? from : counters->events;
    if (counters->count == 0) {
        free(counters->counter);
        *counters = (struct sb_perf_counters){0};
    }
}

/* false: not all of it, and errno says why (0: it is short). */
static bool read_one(struct sb_perf_reading *out, int fd)
{
    errno = 0;
    return sb_perf_calls.read(fd, out, sizeof *out) == (ssize_t)sizeof *out;
}

/* Resetting would leave the two times, so a window is the difference of two readings. */
int sb_perf_counters_on(struct sb_perf_counters *counters)
{
    for (int i = 0; i < counters->count; ++i) {
        struct sb_perf_counter *c = &counters->counter[i];
        if (!read_one(&c->before, c->fd)) {
            return errno ? errno : EIO;
        }
    }
    for (int i = 0; i < counters->count; ++i) {
        const struct sb_perf_counter *c = &counters->counter[i];
        if (c->leads && sb_perf_calls.ioctl(c->fd, PERF_EVENT_IOC_ENABLE) != 0) {
            return errno;
        }
    }
    return 0;
}

void sb_perf_counters_off(struct sb_perf_counters *counters)
{
    for (int i = 0; i < counters->count; ++i) {
        if (counters->counter[i].leads) {
            sb_perf_calls.ioctl(counters->counter[i].fd, PERF_EVENT_IOC_DISABLE);
        }
    }
}

static void add_reading(struct sb_count *out, const struct sb_perf_counter *c,
                        const struct sb_perf_reading *now, double enabled_most)
{
    const uint64_t value = now->value - c->before.value;
    const double enabled = (double)(now->enabled - c->before.enabled);
    const double running = (double)(now->running - c->before.running);
    if (value >> 63) { /* it went backwards */
        snprintf(out->fault, sizeof out->fault,
                 "the counter overflowed within the window: choose a smaller preset");
        return;
    }
    out->value += running > 0 ? (double)value * (enabled / running) : 0;
    /* of what counted for less than a hundredth of the window, the share says nothing */
    if (enabled > enabled_most / 100) {
        out->running = fmin(out->running, running / enabled);
    }
}

void sb_perf_counters_read(struct sb_count *out, const struct sb_perf_counters *counters, int event,
                           double scale)
{
    double most = 0;
    *out = (struct sb_count){.running = 1};
    for (int round = 0; round < 2 && !out->fault[0]; ++round) {
        for (int i = 0; i < counters->count && !out->fault[0]; ++i) {
            const struct sb_perf_counter *c = &counters->counter[i];
            struct sb_perf_reading now;
            if (c->event != event) {
                continue;
            }
            if (!read_one(&now, c->fd)) {
                snprintf(out->fault, sizeof out->fault, "the kernel did not give the counter: %s",
                         errno ? strerror(errno) : "its answer was cut short");
            } else if (round == 0) {
                most = fmax(most, (double)(now.enabled - c->before.enabled));
            } else {
                add_reading(out, c, &now, most);
            }
        }
    }
    out->value *= scale;
}
