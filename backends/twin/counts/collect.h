/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Takes what counted code writes down (device/count.h) and keeps the counts of a repetition. One per process, as the
 * twin is. Blocks of a large launch are sampled: accesses to arrays are followed in all of them, so that distinct bytes
 * stay exact, everything else in one of every n blocks, a different one of each n, so that the grid's width does not
 * matter; n follows from what the first block did. The result says how many were counted.
 */
#ifndef SB_TWIN_COLLECT_H
#define SB_TWIN_COLLECT_H

#include "backends/backend.h"
#include "backends/twin/counts/tally.h"
#include "backends/twin/device/count.h"

#define SB_COUNTED_EVENTS (1 << 24) /* of a launch: blocks entered, accesses, calls */
#define SB_COUNTED_BLOCKS 16        /* but no fewer blocks than these */

struct sb_counting;

/** Reads the object's blocks and attaches to its log. Freed with sb_counting_close(). SB_EABSENT without objdump. */
int sb_counting_open(struct sb_counting **out, struct sb_twin *twin, struct sb_twin_log *log,
                     const char *object, struct sb_error *err);
/** An array whose distinct bytes are counted. Before the first launch. */
int sb_counting_array(struct sb_counting *counting, uintptr_t begin, size_t bytes,
                      struct sb_error *err);
/** Whether the arrays have been given. */
bool sb_counting_ready(const struct sb_counting *counting);
/** A launch of @p blocks blocks of @p threads threads begins; the twin's barrier service is in place. */
int sb_counting_begin(struct sb_counting *counting, const struct sb_launch_spec *launch,
                      uint32_t blocks, int threads, struct sb_error *err);
/** It has ended. SB_ENOMEM where something was not counted for lack of memory. */
int sb_counting_end(struct sb_counting *counting, struct sb_error *err);
/** The sites whose source lines sb_counting_json() will ask for, into @p out (NULL: only their number), each perhaps more
 *  than once. They stand behind an instruction, as return addresses do. */
size_t sb_counting_sites(const struct sb_counting *counting, uint32_t *out);
/** {"launches": [...]}: record.schema.json, "counts". New reference; NULL without memory. */
json_t *sb_counting_json(const struct sb_counting *counting, sb_line_of *line_of, void *payload);
void sb_counting_close(struct sb_counting *counting);

#endif
