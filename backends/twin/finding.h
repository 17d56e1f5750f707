/* SPDX-License-Identifier: Apache-2.0 */
/** What the twin found: kept once per kind and pair of places, told with source lines. */
#ifndef SB_TWIN_FINDING_H
#define SB_TWIN_FINDING_H

#include "backends/twin/device/abi.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SB_FINDINGS_MOST 64

enum sb_finding_kind {
    SB_FINDING_RACE,
    SB_FINDING_FENCE, /* a race that a barrier or fence of the other memory lies between */
    SB_FINDING_BOUNDS,
    SB_FINDING_UNINITIALISED,
    SB_FINDING_READ_ONLY,
    SB_FINDING_DIVERGENCE,
    SB_FINDING_DEADLOCK,
    SB_FINDING_WARP,
    SB_FINDING_LAUNCH,
    SB_FINDING_TRAP
};

/** A thread at a place in the source. */
struct sb_party {
    bool known;                     /* false: "another thread" */
    bool agent;                     /* no thread: the block's asynchronous copy */
    struct sb_twin_3 block, thread; /* indices */
    uint32_t site;                  /* offset of the return address in the object; 0: none */
    enum sb_twin_access access;     /* of memory findings */
};

struct sb_finding {
    enum sb_finding_kind kind;
    char function[64];  /* of the launch */
    char array[64];     /* of memory findings, else "" */
    const char *memory; /* "shared", "global", "constant" */
    int64_t index;      /* element */
    int64_t elements;   /* of the array */
    int warp_size;      /* of the replay in which it was found */
    bool
        replay; /* not in the first repetition: the order of threads or the warp size brought it out */
    char words[200]; /* what the others do not say */
    struct sb_party first,
        second; /* the one that came upon it; the one before, where there is one */
    uint64_t times;
};

struct sb_twin_findings {
    struct sb_finding item[SB_FINDINGS_MOST];
    int count;
    uint64_t more; /* that found no room */
};

/** Keeps @p finding unless one of its kind at its two places is there (then counts it). */
void sb_findings_add(struct sb_twin_findings *findings, const struct sb_finding *finding);
/** [{kind, text, …}] for record.observed.findings; source lines by addr2line on @p object. New reference. */
json_t *sb_findings_told(const struct sb_twin_findings *findings, const char *object);

#endif
