/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Open counters: of each event one for every thread, or for every CPU that serves its PMU. Those that share a core's counters are a group
 * (the kernel has them all counting, or none), so what is opened here is counted at once.
 */
#ifndef SB_PERF_COUNTERS_H
#define SB_PERF_COUNTERS_H

#include "harness/run/counting/perf/event.h"

struct sb_perf_reading {
    uint64_t value, enabled, running; /* times in ns */
};

struct sb_perf_counter {
    int fd;
    int event;
    int place;    /* thread or CPU: counters of one place may be a group */
    uint32_t pmu; /* that it shares with its group */
    bool leads;   /* switches its group on and off */
    struct sb_perf_reading before;
};

struct sb_perf_counters {
    struct sb_perf_counter *counter;
    int count, room;
    int events;
};

/**
 * Opens @p event as number counters->events. 0, or errno: nothing was opened then. A thread that has ended is passed over; ESRCH where
 * all have, ENODEV where its PMU serves no CPU that is used.
 */
int sb_perf_counters_add(struct sb_perf_counters *counters, const struct sb_perf_event *event,
                         const struct sb_counting_target *target);
/** Closes those of events @p from and further. */
void sb_perf_counters_drop(struct sb_perf_counters *counters, int from);
/** Remembers what they stand at, and switches them on; 0 or errno. */
int sb_perf_counters_on(struct sb_perf_counters *counters);
/** Switches them off. */
void sb_perf_counters_off(struct sb_perf_counters *counters);
/** What @p event counted since, in its unit. */
void sb_perf_counters_read(struct sb_count *out, const struct sb_perf_counters *counters, int event,
                           double scale);

/** Why an event was not opened: SB_EABSENT, and a sentence. @p reason is errno. */
int sb_perf_refused(const struct sb_perf_event *event, int reason, struct sb_error *err);

#endif
