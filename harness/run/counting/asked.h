/* SPDX-License-Identifier: Apache-2.0 */
/** What `--counters` asks for: "auto", "SOURCE", "SOURCE:EVENT+EVENT". */
#ifndef SB_COUNTERS_ASKED_H
#define SB_COUNTERS_ASKED_H

#include "harness/plan/campaign.h"
#include "harness/run/counters/counter_source.h"

struct sb_counters_of {
    const struct sb_counter_source *source;
    struct sb_strings events; /* empty: the source's usual ones */
    bool automatic; /* by "auto": told only where it is here, or had a reason worth knowing */
};
struct sb_counters_asked {
    struct sb_counters_of *of;
    int count;
};

/** Two words of one source are one, with the events of both. SB_ENOTFOUND (closest source), SB_EINVAL (no event after ':'), SB_ENOMEM. */
int sb_counters_parse(struct sb_counters_asked *out, const struct sb_strings *words,
                      struct sb_error *err);
void sb_counters_asked_free(struct sb_counters_asked *asked);

#endif
