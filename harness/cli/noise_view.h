/* SPDX-License-Identifier: Apache-2.0 */
/** What 'doctor --noise' prints. */
#ifndef SB_NOISE_VIEW_H
#define SB_NOISE_VIEW_H

#include "harness/cli/options.h"

#include <jansson.h>
#include <stdio.h>

/**
 * @p cores: what the runner answers (harness/run/noise.h). @p cases: [{case, runs, median_ns, between_turns, between_runs,
 * disturbed_share, alarms, cannot_tell_below, found_from}], shares; null where it has none (found_from: nothing is ever found).
 * JSON is {seconds, steal_share, cores, kernels: cases, cannot_tell_below, found_from, sentence}, the limits the greatest of the cases. SB_EINVAL
 * for --csv: it is two tables.
 */
int sb_noise_print(FILE *out, const json_t *cores, json_t *cases, const struct sb_output *output,
                   struct sb_error *err);
/** The sentence, for limits of @p cases. */
void sb_noise_sentence(char *out, size_t room, const json_t *cases);

#endif
