/* SPDX-License-Identifier: Apache-2.0 */
/** 'switchbench doctor --engines': what each container engine costs on this machine. */
#ifndef SB_DOCTOR_ENGINES_H
#define SB_DOCTOR_ENGINES_H

#include "harness/cli/doctor.h"

/**
 * Runs the runner of an image in every engine that is here, and outside, in turns, and prints start-up times and the
 * ratios inside/outside of bandwidth, latency of a load, reading the clock, and waking a thread: the median of
 * @p rounds, with the least and the greatest. @p images: names for the engines to choose from; empty: what
 * scripts/images/build made. Blocks for some seconds an engine. SB_EABSENT where no engine could run one.
 */
int sb_doctor_engines(const struct sb_strings *images, int rounds, const struct sb_output *output,
                      struct sb_error *err);
/** A row for each engine: its version, or why it is not here. */
void sb_doctor_engines_here(struct sb_doctor *doctor);

#endif
