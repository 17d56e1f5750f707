/* SPDX-License-Identifier: Apache-2.0 */
/**
 * All cells of a job, on this node: each in a process of its own, those to be compared (the same case) alive together
 * and sampled turn by turn, in an order drawn anew each round, so that drift of the machine meets all alike.
 */
#ifndef SB_PACK_H
#define SB_PACK_H

#include "harness/run/child.h"
#include "harness/run/job.h"

#define SB_PACK_CPUS 1024

/** What all cells of a job share. */
struct sb_pack {
    const struct sb_job *job;
    int out_fd; /* records and events go here, JSON lines */
    json_t *node, *environment;
    int cpus[SB_PACK_CPUS]; /* allowed, one per core */
    int cpu_count;
    char cache[1024]; /* of compiled code */
    uint64_t draws;   /* random numbers drawn so far */
};

/** Looks at the node; freed with sb_pack_close() also on errors. SB_EABSENT, SB_ENOMEM, SB_EIO. */
int sb_pack_open(struct sb_pack *out, const struct sb_job *job, int out_fd, struct sb_error *err);
void sb_pack_close(struct sb_pack *pack);
/** Writes one line and releases it. SB_EIO. */
int sb_pack_say(const struct sb_pack *pack, json_t *line, struct sb_error *err);
/**
 * Writes {"event": "topology", "node": digest, "xml": text} (topology/topology.h) where the job does not say that its campaign has
 * that node's. A node that hwloc cannot read has none. SB_EIO.
 */
int sb_pack_say_topology(const struct sb_pack *pack, struct sb_error *err);
/** What a cell's process of this job knows; @p cell stays the caller's. */
struct sb_cell_task sb_pack_task(const struct sb_pack *pack, const struct sb_cell *cell);
/** Whether both compute the same case, however they do it. */
bool sb_pack_same_case(const struct sb_cell *a, const struct sb_cell *b);

/** Runs the job; every record is written to @p out_fd as one JSON line the moment its cell ends, and
 *  {"event": "started", "cell": id} when it begins. SB_EIO where @p out_fd cannot be written. */
int sb_pack_run(const struct sb_job *job, int out_fd, struct sb_error *err);

#endif
