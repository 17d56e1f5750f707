/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The least time that a record's work takes on its node, by peaks measured there: the roofline of Williams, Waterman and
 * Patterson (CACM 52, 2009), hierarchical as in Yang, Kurth, Williams (2018). Roofs, whose words are also those of bound.h:
 *   l1, l2, l3, cache, memory   bytes that must come from there or farther, over its bandwidth: the fastest of load, copy
 *       and triad. All bytes pass the nearest level; of level k come at least (1 − C/W) of them, where W is the memory
 *       that a repetition touches and C the capacity of the level before, for repetitions begin with what is kept there
 *   fp64, fp32   operations over the flop rate of the precision: with the widest vectors that the target has
 *   launch       launches over the device, each as long as an empty one takes at least
 * They overlap in the kernel's favour: the bound is the largest. So a fraction above 1 is no success, but says that a
 * count is too high or a peak too low.
 */
#ifndef SB_ATTAINABLE_H
#define SB_ATTAINABLE_H

#include "harness/util/error.h"

#include <jansson.h>

/**
 * *out: {"time_ns", "binds": word, "fraction", "roofs": [{"name", "time_ns", "amount", "peak", "unit"}], "peaks": digest,
 * "note": null or a sentence}, a new reference. @p peaks is a document of one backend (peaks_file.h); @p threads that computed
 * it, 0: all. Figures are those of as many threads, or the next more. SB_EABSENT with one sentence where there is no
 * bound: nothing timed, several ranks, nothing counted, no figure.
 */
int sb_attainable(json_t **out, const json_t *record, const json_t *peaks, int threads,
                  struct sb_error *err);

#endif
