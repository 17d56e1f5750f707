/* SPDX-License-Identifier: Apache-2.0 */
/**
 * From what the twin counted to a lower bound of a launch's time on a device: the largest of what each part of the
 * device needs at its published peak (the roofline of Williams, Waterman, Patterson 2009, with more roofs). Assumed in
 * the kernel's favour: caches begin cold but hold everything, blocks spread evenly, every part overlaps every other,
 * additions and multiplications fuse where they can, a division, root or function is one operation, the clock is the
 * highest; and neighbouring accesses of a thread are merged up to 16 bytes. So no run of the code, with the accesses and
 * operations that the twin's compiler left in it, can be faster; one that comes near has nothing left to gain.
 */
#ifndef SB_BOUND_H
#define SB_BOUND_H

#include "results/bound/sheet.h"

#include <jansson.h>

enum sb_limit {
    SB_LIMIT_MEMORY, /* distinct bytes over memory bandwidth */
    SB_LIMIT_L1,     /* what loads and stores need of the L1 caches' bandwidth */
    SB_LIMIT_SHARED, /* what accesses need of shared memory's, conflicts included */
    SB_LIMIT_FP64,   /* operations over the vector units' peak */
    SB_LIMIT_FP32,
    SB_LIMIT_ATOMICS, /* requests on the hottest address, one after the other */
    SB_LIMIT_LAUNCH,  /* least time from launch to launch */
    SB_LIMITS
};
/** A word for each ("memory"), and what it rests on in one line. */
extern const char *const sb_limit_names[SB_LIMITS];
extern const char *const sb_limit_helps[SB_LIMITS];

/** Sums over all launches of one entry of record.observed.counts.launches. */
struct sb_launch_counts {
    double launches;
    double blocks;                  /* of one launch */
    double read_bytes, write_bytes; /* distinct */
    double l1_bytes, shared_bytes;  /* of bandwidth, at least ("least_bytes") */
    double fp64_slots,
        fp32_slots; /* instructions, with additions fused to multiplications as far as both go */
    double hottest;
};

/** Reads an entry for a device of that warp size and sector. SB_ENOTFOUND where the twin did not count at its warp size. */
int sb_launch_counts_read(struct sb_launch_counts *out, const json_t *launch,
                          const struct sb_sheet *sheet, struct sb_error *err);

struct sb_bound {
    double time_ns[SB_LIMITS]; /* of all launches of the entry; NAN where the sheet has no figure */
    enum sb_limit binds;       /* the largest */
};
void sb_bound_of(struct sb_bound *out, const struct sb_sheet *sheet,
                 const struct sb_launch_counts *counts);

/**
 * {"sheet", "warp_threads", "sector_bytes", "time_ns", "binds", "limits": {WORD: ns, …}, "launches": [{"function",
 * "launches", "time_ns", "binds", "limits"}]} of record.observed.counts on one device: times are sums over launches of
 * each launch's largest limit, binds is the limit with the largest part in that sum. New reference.
 */
int sb_bounds_json(json_t **out, const json_t *counts, const struct sb_sheet *sheet,
                   struct sb_error *err);

#endif
