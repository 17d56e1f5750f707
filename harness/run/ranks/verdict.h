/* SPDX-License-Identifier: Apache-2.0 */
/** From the verdicts and the work of parts to those of the whole. All ranks call these. */
#ifndef SB_RANKS_VERDICT_H
#define SB_RANKS_VERDICT_H

#include "harness/util/error.h"
#include "kernels/ranks.h"

#include <jansson.h>

/** What one rank found about its part; reason and checks become those of the lowest rank whose part is wrong. */
struct sb_part_verdict {
    bool passed, same_bits;
    const char *digest; /* of its part */
    char *reason;       /* [reason_room] */
    size_t reason_room;
    json_t **checks; /* replaced */
};

/** @p part of each becomes the whole's; @p digest gets the SHA-256 of all digests in order of rank. SB_EINFRA, SB_ENOMEM. */
int sb_ranks_judge(struct sb_part_verdict *part, char digest[65], struct sb_ranks *ranks,
                   struct sb_error *err);
/** @p work becomes the sum over all ranks. SB_EINFRA. */
int sb_ranks_total(struct sb_work *work, struct sb_ranks *ranks, struct sb_error *err);

#endif
