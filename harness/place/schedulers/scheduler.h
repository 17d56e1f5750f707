/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The contract of a scheduler: gets a job file to a node, brings back what its runner prints, and knows what became of
 * it. One file here, `<name>.c`, exports `const struct sb_scheduler sb_scheduler_<name>`.
 */
#ifndef SB_SCHEDULER_H
#define SB_SCHEDULER_H

#include "harness/util/error.h"

#include <stddef.h>
#include <sys/types.h>

struct sb_ticket {
    const char *tag; /* "<campaign>/<job>": the same tag is never submitted twice */
    const char *job; /* path of the job file */
    const char *log; /* file for what the runner says on stderr */
};

/** A submitted job. */
struct sb_placed {
    long pid;                 /* local: of the runner; else 0 */
    unsigned long long start; /* local: its start time, to know it again; else 0 */
    int fd;                   /* what the runner prints can be read here; −1: not yet */
};

struct sb_scheduler {
    const char *name;  /* required, equals the file */
    const char *title; /* required, one line */
    /** Starts the job. SB_EINFRA, SB_EABSENT. Required. */
    int (*submit)(struct sb_placed *out, const struct sb_ticket *ticket, struct sb_error *err);
    /** Waits for the end of a job whose output has ended; 0, or SB_EINFRA saying in the scheduler's words what became of it. Required. */
    int (*wait)(struct sb_placed *placed, struct sb_error *err);
    /** Ends a job, whatever its state. Required. */
    void (*cancel)(struct sb_placed *placed);
    /** Ends what an earlier driver left behind under this identity, and returns when it is gone. Required. */
    void (*sweep)(long pid, unsigned long long start);
};

/** All schedulers; ends with NULL. Written by CMake. */
extern const struct sb_scheduler *const sb_schedulers[];

#endif
