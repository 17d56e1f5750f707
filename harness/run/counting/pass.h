/* SPDX-License-Identifier: Apache-2.0 */
/** One pass: events that are counted at once, over several windows. */
#ifndef SB_COUNT_PASS_H
#define SB_COUNT_PASS_H

#include "harness/run/counting/count.h"

#define SB_WINDOWS 5 /* counted ones of a pass, as many uncounted */
#define SB_COUNTING_SHARE                                                                          \
    0.05 /* of the time that timing took: then fewer windows are taken, at least one a pass */
#define SB_WINDOW_NS 5000000U /* least length of a window of a source that does not say */

/** Of one source, over all its passes. */
struct sb_pass_sum {
    double counted_ns,
        uncounted_ns; /* sums over passes of the fastest repetition: others only lengthen it */
    double
        wall_ns; /* the same of a counted repetition by the host's clock: with what lies between repetitions */
    long repetitions; /* that were counted */
    int passes;
    double idle_ns; /* of the window without work */
};

struct sb_pass {
    const struct sb_count_task *task;
    const struct sb_counter_source *source;
    const struct sb_counter_event *event; /* [count], those of this pass first */
    int count, number;
    uint64_t deadline_ns; /* no further window is begun after it, once there is one */
};

/**
 * Counts the first events of @p pass, *out_taken of them, and appends each to @p events or @p refused. 0; SB_EABSENT: the
 * source opens none of them, or has died, see @p err; *out_fatal where the cell itself failed.
 */
int sb_pass_count(int *out_taken, bool *out_fatal, json_t *events, json_t *refused,
                  struct sb_pass_sum *sum, const struct sb_pass *pass, struct sb_error *err);

#endif
