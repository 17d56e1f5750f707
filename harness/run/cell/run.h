/* SPDX-License-Identifier: Apache-2.0 */
/** Inside the cell's process: what its commands (harness/run/cell.h) share. */
#ifndef SB_CELL_RUN_STATE_H
#define SB_CELL_RUN_STATE_H

#include "harness/run/cell.h"
#include "harness/run/ranks/repeat.h"
#include "harness/run/sampling.h"
#include "harness/run/steady/steady.h"

struct sb_cell_run {
    const struct sb_cell_task *task;
    const struct sb_backend *backend;
    struct sb_case c;
    struct sb_launches launches;
    struct sb_device device;
    struct sb_exec *exec;
    struct sb_host *before;
    struct sb_sampling sampling;
    uint64_t last_ns;      /* the latest repetition, to judge how many fit a turn */
    char digest[65];       /* of the first verified repetition */
    char whole_digest[65]; /* of all ranks' parts */
    json_t *checks;
    bool passed;
    char reason[400]; /* of the first failed check */
    int verified;     /* repetitions */
    bool same_bits;
    const char *ended;
    int warm_up;
    uint64_t cold_ns, upload_ns, download_ns;
    bool emulated;    /* verified, never timed */
    json_t *observed; /* by the backend, in the first repetition */
    struct sb_ranks *ranks;
    struct sb_ranks *alone; /* the same, where it is ours to free */
    struct sb_stage stage;
    bool together; /* all ranks were ready: from here on none of them ends by itself */
    double sampled_ns, exchanged_ns; /* of all samples */
    struct sb_steady *steady;        /* from the first turn on */
};

/** Tells a fragment of the record (stolen); ends the process where nobody listens. */
void sb_cell_answer(const struct sb_cell_run *run, json_t *fragment);

/** device.c: device, compiled code and arrays of this rank, told as they are known. SB_EABSENT, SB_ECOMPILE, … */
int sb_cell_prepare_part(struct sb_cell_run *run, struct sb_error *err);
/** The work of all ranks together, told. */
int sb_cell_tell_work(const struct sb_cell_run *run, struct sb_error *err);

/** verify.c: all launches, or as many as a trial asks for; the slowest rank's time on the device's clock. */
int sb_cell_repeat(uint64_t *out_time_ns, struct sb_cell_run *run, struct sb_error *err);
/** Whether a trial runs only the first launches, so that there is nothing to verify. */
bool sb_cell_in_part(const struct sb_cell_run *run);
/** One repetition from fresh inputs and poisoned outputs, verified by all ranks: run->passed, reason, checks. */
int sb_cell_verify(struct sb_cell_run *run, struct sb_error *err);
/** The first one, and more of them where the backend has other schedules to try. */
int sb_cell_verify_first(struct sb_cell_run *run, struct sb_error *err);
void sb_cell_tell_verdict(const struct sb_cell_run *run);

/** sample.c: one turn of samples, told; a warm-up before the first. */
int sb_cell_take_turn(struct sb_cell_run *run, struct sb_error *err);
/** The fastest sample; 0: there is none. */
uint64_t sb_cell_fastest_ns(const struct sb_sampling *sampling);

#endif
