/* SPDX-License-Identifier: Apache-2.0 */
/** The smallest change that compare can tell, from runs of one program on one machine. */
#ifndef SB_COMPARE_LIMIT_H
#define SB_COMPARE_LIMIT_H

#include "results/compare/compare.h"

/** Relative changes (0.02: 2 %); INFINITY where not even SB_COMPARE_LIMIT_MOST is found. */
struct sb_compare_limit {
    /* relative standard deviation of the runs' medians; and of a run's turns about it, by their median deviation, the median run's */
    double between, within;
    /* Below it a change cannot be told from noise: half of all comparisons at most find it, or as much was said of runs unchanged. */
    double blind;
    double found; /* from here on it is found in nine of ten, in all of these; ≥ blind */
    double
        alarms; /* share of the comparisons of these runs with each other, unchanged, that say faster or slower */
    double alarm; /* the greatest difference said by one of them; 0: none */
    size_t runs;  /* that have turns enough */
};
#define SB_COMPARE_LIMIT_MOST 1.0

/**
 * Every run is compared with every other one, as sb_compare_ratio() and sb_compare_decide() do with one replica a side in
 * campaigns of their own, while the times of one are made longer by a growing factor: nothing is assumed of the noise but that
 * these runs show it. At least three runs with three turns each, else all INFINITY. SB_ENOMEM.
 */
int sb_compare_limit(struct sb_compare_limit *out, const struct sb_compare_run *runs, size_t count,
                     const struct sb_compare_options *options);

#endif
