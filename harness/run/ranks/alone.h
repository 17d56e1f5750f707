/* SPDX-License-Identifier: Apache-2.0 */
/** A single rank: the operations of kernels/ranks.h with itself, without MPI. */
#ifndef SB_RANKS_ALONE_H
#define SB_RANKS_ALONE_H

#include "kernels/ranks.h"

/** Freed with sb_ranks_alone_free(); NULL when out of memory. */
struct sb_ranks *sb_ranks_alone(void);
void sb_ranks_alone_free(struct sb_ranks *ranks);

#endif
