/* SPDX-License-Identifier: Apache-2.0 */
/**
 * In which order blocks are taken when lanes are at different ones, so that lanes meet again as on a GPU: of all blocks
 * that a lane is at the first is taken ("thread frontiers", Diamos et al., MICRO 2011). Every block comes before those
 * that it leads to, loops' ways back apart, and a loop whole before what follows it: sides of a branch before their end,
 * bodies before the increment, also where `continue` and `break` leave them.
 */
#ifndef SB_TWIN_LAYOUT_H
#define SB_TWIN_LAYOUT_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sb_flow {
    SB_FLOW_NEXT,   /* to the next instruction */
    SB_FLOW_BRANCH, /* to the next or to target */
    SB_FLOW_JUMP,   /* to target; 0: somewhere unknown */
    SB_FLOW_END     /* leaves the function */
};

/** One instruction of counted code, in the order of sites. */
struct sb_step {
    uint32_t site, target;
    uint32_t function; /* a number */
    uint8_t flow;      /* enum sb_flow */
    bool head;         /* the first of a basic block that is told */
};

/** Ranks of the heads among @p step, in their order, into @p out (as many as there are heads): lower is taken first. */
int sb_layout_ranks(uint32_t *out, const struct sb_step *step, size_t count, struct sb_error *err);

#endif
