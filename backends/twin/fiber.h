/* SPDX-License-Identifier: Apache-2.0 */
/** Light fibers: a stack and the registers that a call keeps. x86-64 (System V) and AArch64. */
#ifndef SB_TWIN_FIBER_H
#define SB_TWIN_FIBER_H

#include "harness/util/error.h"

#include <stddef.h>
#include <stdint.h>

#define SB_FIBER_STACK_KIB                                                                         \
    512 /* what CUDA gives a thread for its local memory at most (compute capability 9.0) */
#define SB_FIBER_STACK ((size_t)SB_FIBER_STACK_KIB << 10)
#define SB_FIBER_GUARD ((size_t)4096) /* unmapped, below each stack */

/** Stacks of @p count fibers in one mapping. */
struct sb_fiber_stacks {
    unsigned char *base;
    size_t bytes;
    int count;
};
int sb_fiber_stacks_open(struct sb_fiber_stacks *out, int count, struct sb_error *err);
void sb_fiber_stacks_close(struct sb_fiber_stacks *stacks);

/** Prepares stack @p index so that switching to the result calls entry(), which must never return. */
void *sb_fiber_prepare(const struct sb_fiber_stacks *stacks, int index, void (*entry)(void));
/** Saves the present state in *from, goes on at @p to. Returns when somebody switches back. */
void sb_fiber_switch(void **from, void *to);

#endif
