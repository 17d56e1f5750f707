/* SPDX-License-Identifier: Apache-2.0 */
/** The caches of this node, for a tool that simulates some. */
#ifndef SB_CACHES_H
#define SB_CACHES_H

#include "harness/util/error.h"

struct sb_cache_shape {
    long long bytes; /* all sets */
    int ways;
    int line_bytes;
};
struct sb_caches {
    struct sb_cache_shape first_data, first_code, last;
    char note[160]; /* what is not as the node says, one sentence; "" where all is */
};

/**
 * Of the first core that may be used. A simulator's number of sets is a power of two: a cache of another is taken as the
 * next smaller one, said in note; so are ways that the node does not tell. SB_EABSENT: the node tells no sizes.
 */
int sb_caches_here(struct sb_caches *out, struct sb_error *err);
/** What a simulator takes for a cache: as many sets as a power of two has; true where @p shape was none. For tests. */
int sb_cache_fit(struct sb_cache_shape *shape);

#endif
