/* SPDX-License-Identifier: Apache-2.0 */
/** Counts of launches, those of one function with one shape together. */
#ifndef SB_TWIN_GROUPS_H
#define SB_TWIN_GROUPS_H

#include "backends/backend.h"
#include "backends/twin/counts/tally.h"

struct sb_group {
    struct sb_launch_spec launch;
    struct sb_tally tally;
    uint32_t blocks; /* of a launch */
    int threads;     /* of a block */
    uint64_t launches, counted_blocks;
    uint64_t
        cut; /* intervals too long to be kept whole: lanes in them may have been counted apart */
    double read_bytes, write_bytes;
    uint64_t hottest[SB_WARPS];
};

/** Begins as {0}. */
struct sb_groups {
    struct sb_group *item;
    int count, room;
};

/** The group of a launch, made where there is none; valid until the next call. @p sites: for sb_tally_init(). SB_ENOMEM. */
int sb_groups_find(struct sb_group **out, struct sb_groups *groups,
                   const struct sb_launch_spec *launch, uint32_t blocks, int threads,
                   uint32_t sites, struct sb_error *err);
/** See sb_counting_sites() and sb_counting_json(). */
size_t sb_groups_sites(const struct sb_groups *groups, const struct sb_flop_table *flop,
                       uint32_t *out);
json_t *sb_groups_json(const struct sb_groups *groups, const struct sb_flop_table *flop,
                       sb_line_of *line_of, void *payload);
void sb_groups_free(struct sb_groups *groups);

#endif
