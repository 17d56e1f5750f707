/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Counting a cell: each source, pass by pass, in windows of whole repetitions of their own, by turns with windows that are not
 * counted, so that the record can say what counting cost. Nothing here is timed for the record, and nothing that goes wrong
 * here changes what was timed: a source that fails is told with its reason.
 */
#ifndef SB_COUNT_RUN_H
#define SB_COUNT_RUN_H

#include "harness/run/counting/asked.h"

#include <stdint.h>

struct sb_count_task {
    const struct sb_counters_asked *asked;
    struct sb_counting_target target; /* threads are filled in here */
    const char *machine; /* sb_metrics_machine(): whose formulas a metric asked for is counted by */
    double budget_s;     /* for each source: then fewer windows are taken, at least one a pass */
    uint64_t
        sampled_ns; /* that timing took: sources without window_s take a twentieth of it; 0: budget_s */
    uint64_t fastest_ns; /* repetition then; 0: not known */
    /** One repetition; *out_time_ns on the device's clock. */
    int (*repeat)(uint64_t *out_time_ns, void *payload, struct sb_error *err);
    /** Before each source: what there is so far, and that source as "died", for readers who may hear no more. May be NULL. */
    void (*tell)(json_t *sources, void *payload);
    void *payload;
};

/**
 * *out is the array `counters.sources` of harness/record.h, for the sources that count in this process. Fails with what
 * repeat() says, and SB_ENOMEM; *out then has what was counted before.
 */
int sb_count_cell(json_t **out, const struct sb_count_task *task, struct sb_error *err);

/** Whether it can count what @p backend runs. */
bool sb_count_serves(const struct sb_counter_source *source, const char *backend);
/** Calls prepare() of the sources in @p words that serve @p backend; words that do not parse are told when they are counted. */
void sb_count_prepare(const struct sb_strings *words, const char *backend);

/**
 * How many events are wanted, and *out, malloc'ed, what they are: usual ones where none is asked for; "*" stands for all, a metric's
 * name for what its formula on @p machine needs, a group's for all of it. What is unknown or not here goes to the array @p refused.
 * −1: out of memory.
 */
int sb_count_describe(struct sb_counter_event **out, json_t *refused,
                      const struct sb_counters_of *asked, const char *machine);

/** An entry of `counters.sources` that says why it has no events. New reference. */
json_t *sb_count_absent(const struct sb_counter_source *source, const char *state,
                        const char *reason);

#endif
