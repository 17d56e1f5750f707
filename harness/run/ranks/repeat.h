/* SPDX-License-Identifier: Apache-2.0 */
/** A repetition with exchanges between its launches, and what ranks must agree on. */
#ifndef SB_RANKS_REPEAT_H
#define SB_RANKS_REPEAT_H

#include "backends/backend.h"
#include "kernels/ranks.h"

/** Arrays on the host, for exchanges of a backend that cannot reach them in place. {0} is empty. */
struct sb_stage {
    void *memory[SB_MAX_ARRAYS];
    uint64_t
        exchange_ns; /* of the latest repetition: copies, messages, and waiting for the others */
};
void sb_stage_free(struct sb_stage *stage);

/**
 * One repetition of this rank: launches on the device, exchanges between them. *out_time_ns is the launches' time on the
 * device's clock and the exchanges' on the host's. What the backend says, SB_EINFRA with what an exchange says, SB_ENOMEM.
 */
int sb_ranks_repeat(uint64_t *out_time_ns, struct sb_exec *exec, const struct sb_backend *backend,
                    const struct sb_case *c, const struct sb_launches *launches,
                    struct sb_ranks *ranks, struct sb_stage *stage, struct sb_error *err);

/**
 * 0 where @p code is 0 on every rank; else, on every rank, the code and text of the lowest one that failed ("rank 2: …"
 * where that is not rank 0). SB_EINFRA where they cannot even talk. All ranks call it.
 */
int sb_ranks_agree(struct sb_ranks *ranks, int code, struct sb_error *err);
/** The largest of all ranks' values. */
int sb_ranks_most(uint64_t *value, struct sb_ranks *ranks, struct sb_error *err);
/** What rank 0 says, on every rank. */
int sb_ranks_follow(void *data, size_t bytes, struct sb_ranks *ranks, struct sb_error *err);

#endif
