/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reads levels (a power, a clock) in a thread of its own while a window lasts, and integrates them over time (trapezoids). It
 * keeps off the processors that compute, where there are others.
 */
#ifndef SB_SAMPLER_H
#define SB_SAMPLER_H

#include "harness/util/error.h"

#include <stdint.h>

#define SB_SAMPLER_HZ 20       /* what it tries; at the ends of the window it reads, too */
#define SB_SAMPLER_LEAST_HZ 10 /* a stretch of time is covered where it was read so often … */
#define SB_SAMPLER_COVERED 0.5 /* … and less of the window than that is refused */

struct sb_sampled {
    double mean;     /* over the window, weighted by time */
    double integral; /* unit × s */
    double least, most;
    double covered;  /* share of the window, 0 … 1 */
    char fault[200]; /* "" or why there is no value */
};

/** What a sampler is made of. */
struct sb_sampling {
    int count; /* levels */
    /** Fills out[count] with the levels now; NAN where one cannot tell. A negative code ends the window: the device died. */
    int (*read)(double out[], void *payload, struct sb_error *err);
    void *payload;
    const int *busy; /* processors that compute */
    int busy_count;
};

struct sb_sampler;
/** @p sampling is copied. SB_ENOMEM. */
int sb_sampler_new(struct sb_sampler **out, const struct sb_sampling *sampling,
                   struct sb_error *err);
/** Reads once, and goes on reading. What the read says; SB_ENOMEM: no thread. */
int sb_sampler_start(struct sb_sampler *sampler, struct sb_error *err);
/** Reads a last time; out[count]; *out_samples may be NULL. What a read has said meanwhile. */
int sb_sampler_stop(struct sb_sampled out[], long *out_samples, struct sb_sampler *sampler,
                    struct sb_error *err);
void sb_sampler_free(struct sb_sampler *sampler);

#endif
