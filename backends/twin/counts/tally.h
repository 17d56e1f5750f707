/* SPDX-License-Identifier: Apache-2.0 */
/** Sums per place in the code, at both warp sizes, over the launches of one function with one shape. */
#ifndef SB_TWIN_TALLY_H
#define SB_TWIN_TALLY_H

#include "backends/twin/counts/flop.h"
#include "backends/twin/counts/merge.h"

#include <jansson.h>

/** Warp sizes that are counted side by side. */
enum { SB_WARP32, SB_WARP64, SB_WARPS };
extern const int sb_warp_sizes[SB_WARPS];

struct sb_access_sum {
    uint64_t requests, lanes, bytes;
    uint64_t sectors, halves, lines; /* of global memory */
    uint64_t wavefronts, phases;     /* of shared memory */
    uint64_t least_bytes;            /* of bandwidth: sb_request_least_bytes() */
    uint64_t repeats; /* of atomics: lanes on the fullest address, summed over requests */
};

/** One place: either the head of a basic block, or an access. */
struct sb_tally_site {
    uint32_t site;
    uint8_t kind; /* of an access, see log.h; SB_EVENT_BLOCK */
    struct {
        struct sb_access_sum access;
        uint64_t steps, lanes,
            divergent; /* of a block: executions by a warp, lanes in them, those that part at its end */
    } warp[SB_WARPS];
};

struct sb_tally {
    struct sb_tally_site *site;
    size_t count, room;
    uint32_t *slot; /* by site: 1 + index, 0 for none */
    uint32_t sites; /* slots */
    bool failed;    /* out of memory: the sums are not whole */
};

/** All sites are below @p sites; others are not counted. SB_ENOMEM. */
int sb_tally_init(struct sb_tally *out, uint32_t sites, struct sb_error *err);
void sb_tally_block(struct sb_tally *tally, int warp, uint32_t site, uint64_t mask);
void sb_tally_divergence(struct sb_tally *tally, int warp, uint32_t site);
void sb_tally_access(struct sb_tally *tally, int warp, uint32_t site, unsigned kind,
                     const struct sb_request *request);
void sb_tally_free(struct sb_tally *tally);

/** Names the source line of a site: file without folders, line from 1. False where it is not known. */
typedef bool sb_line_of(void *payload, uint32_t site, char *file, size_t room, int *line);

/**
 * {"total": SUM, "lines": [SUM with "file" and "line", …]} in the order of lines, new reference, NULL without memory.
 * SUM has "flop": {"fp64": {"add": …}, "fp32": …}, "warp32" and "warp64", each with "load", "store", "atomic",
 * "shared_load", …, "steps", "lanes", "branches", "divergent"; what is zero is left out.
 */
json_t *sb_tally_json(const struct sb_tally *tally, const struct sb_flop_table *flop,
                      sb_line_of *line_of, void *payload);

#endif
