/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The contract of a counter source: where counts, energy and power come from. One file here, `<name>.c`, exports
 * `const struct sb_counter_source sb_counter_source_<name>`; what several share lies in ../counting/. Libraries of vendors are
 * dlopened, so that one runner answers everywhere. A source is used by one thread of one process.
 *
 * Two kinds: those with open() count in the cell's own process, in repetitions of their own after the timed ones; those with
 * again() run the cell once more under a tool (a simulator, an emulator), in a process that is never timed.
 *
 * "Not here" is an answer, SB_EABSENT, and its text one sentence that a user can act on: what is missing, and what to install,
 * set or ask the administrator for. Whether something is here is proved by counting (add, start, read), never by a list.
 */
#ifndef SB_COUNTER_SOURCE_H
#define SB_COUNTER_SOURCE_H

#include "backends/backend.h"
#include "harness/plan/campaign.h"
#include "harness/plan/counter_words.h"
#include "harness/util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SB_EVENTS_ALL "*" /* in place of an event's name: every one that list() tells */

/** What a source can count. Names are the source's own ("cycles", "perf::TASK-CLOCK", "dram__bytes_read.sum"). */
struct sb_counter_event {
    char name[SB_EVENT_NAME];
    char unit[16];  /* "1" (a count), "byte", "ns", "J", "W", "Hz", "K" */
    char tags[96];  /* words of results/metrics/tags.h, with spaces: "retired thread" */
    char help[200]; /* one line; may be empty */
    bool level; /* a mean over the window (power, clock), not a sum that grows with repetitions */
};

/** One event of a window that was counted. */
struct sb_count {
    double
        value; /* in the event's unit: of the whole window; scaled up where the counter was multiplexed */
    double
        running; /* share of the window in which it counted, 0 … 1; below SB_RUNNING_LEAST the value is refused */
    char fault[200]; /* why there is no value: it overflowed, was lost, never ran; "" otherwise */
};
#define SB_RUNNING_LEAST 0.25

/** What is counted, for open(). */
struct sb_counting_target {
    const char *backend;            /* "cpu", "cuda", … */
    const struct sb_device *device; /* of the cell */
    const int *cpus;                /* that its threads are bound to */
    int cpu_count;
    const pid_t
        *threads; /* of this process, those that compute: all, after a warm-up; this one first */
    int thread_count;
    const char
        *root; /* "" is this machine; else a folder with recorded /sys, /proc and /dev (tests) */
};

struct sb_counting; /* of a source: an opened pass */

/** What again() is given. */
struct sb_again {
    const char *
        job_file; /* a job of this one cell, to be run by `switchbench-runner --counted JOB` under the tool */
    const char *runner; /* the program */
    const char *target; /* of the cell: "native", "armv8.2-a+sve" */
    const char *backend;
    const char *folder; /* for files of the tool; emptied afterwards */
    const char *const
        *events; /* asked for, or the usual ones: names that it knows; ends with NULL */
    double time_limit_s;
};

struct sb_counter_source {
    const char *name;  /* required, equals the file */
    const char *title; /* required, one line */
    const char *
        scope; /* required: what a value is of: "thread", "process", "core", "socket", "board" (results/metrics/tags.h) */
    const char *
        absent_reason; /* set instead of all functions where it could not be built: what to install */
    const char *const *backends; /* that it can count for; ends with NULL; NULL: any */
    const char *const *
        usual; /* events that are counted where none is named, and exist here; ends with NULL. {SB_EVENTS_ALL, NULL} where only
                 the machine knows their names. Required. */
    bool automatic; /* part of `--counters auto`: cheap, and needs no tool */
    double
        window_s; /* a window lasts at least so long (energy: its counters tick slowly); 0: one repetition will do */
    bool
        idles; /* values include what an idle machine uses: a window without work is measured, and told beside */

    /** In the cell's process before its backend is touched, where the source is asked for and serves the backend: what must come
     *  before a vendor's runtime starts. What goes wrong is told by probe() and open(). May be NULL: nothing must. */
    void (*prepare)(void);
    /** Version of what stands behind it. SB_EABSENT. Required. */
    int (*probe)(char *version, size_t room, struct sb_error *err);
    /** Calls @p each for every event that it knows here; stops at the first non-zero return, and returns it. Required. */
    int (*list)(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err);
    /** Describes the event of that name. SB_ENOTFOUND: unknown, with the closest one. SB_EABSENT: known, but it does not count
     *  here: why. May be NULL: looked up in list(). */
    int (*event)(struct sb_counter_event *out, const char *name, struct sb_error *err);

    /**
     * Opens a pass over the first events of @p names, as many as can be counted at once without multiplexing (or where the
     * hardware tells too late, with it); *out_taken ≥ 1 says how many, the next pass has the rest. Errors are of names[0]:
     * SB_EABSENT, SB_ENOTFOUND (as event()). Required without again().
     */
    int (*open)(struct sb_counting **out, int *out_taken, const char *const *names, int count,
                const struct sb_counting_target *target, struct sb_error *err);
    /** How many windows an opened pass takes to have its values, all but the last of which are faults. May be NULL: one. */
    int (*windows)(const struct sb_counting *counting);
    int (*start)(struct sb_counting *counting, struct sb_error *err);
    /** Stops, and reads: out[] has one row for each event taken. What one event cannot tell is its fault[]; an error
     *  return means that the source itself has died, and is not used again. */
    int (*stop)(struct sb_count out[], struct sb_counting *counting, struct sb_error *err);
    /** NULL is legal. */
    void (*close)(struct sb_counting *counting);

    /** Runs the cell under the tool; *out is {"events": [{name, unit, tags, value}], "note": text or null,
     *  "refused": [{name, reason}] where there are such}, values of one repetition. SB_EABSENT; SB_ECRASH and others: what
     *  the tool said. counting/tool.h runs it. */
    int (*again)(json_t **out, const struct sb_again *again, struct sb_error *err);
};

/** All sources, by file name; ends with NULL. Written by CMake. */
extern const struct sb_counter_source *const sb_counter_sources[];
/** SB_ENOTFOUND with the closest name. */
const struct sb_counter_source *sb_counter_source_find(const char *name, struct sb_error *err);
/** The event of that name by event(), or by list(). SB_ENOTFOUND with the closest name, SB_EABSENT. */
int sb_counter_event_find(struct sb_counter_event *out, const struct sb_counter_source *source,
                          const char *name, struct sb_error *err);

/**
 * Calls @p each for the name of every event whose name begins with @p group and a '/': what a group's name asks for. SB_ENOTFOUND, without a
 * sentence, where there is none; else what @p each returned that is not 0.
 */
int sb_counter_group_walk(int (*each)(const char *name, void *payload), void *payload,
                          const struct sb_counter_source *source, const char *group);

#endif
