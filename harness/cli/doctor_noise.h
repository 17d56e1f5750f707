/* SPDX-License-Identifier: Apache-2.0 */
/** How noisy this machine is, and so the smallest change that compare can tell on it. */
#ifndef SB_DOCTOR_NOISE_H
#define SB_DOCTOR_NOISE_H

#include "harness/cli/options.h"
#include "harness/plan/campaign.h"

/**
 * Measures each core with fixed work (harness/run/noise.h), then runs @p kernels (empty: a memory-bound and a compute-bound case of
 * the built-in ones) @p rounds times on the cpu, each in a process of its own with the default settings of `run`, and prints what a
 * comparison with the default settings of `compare` could tell (results/compare/limit.h). Blocks for some seconds a round and
 * kernel. SB_EINVAL (no such kernel, fewer than three rounds), SB_EINFRA, SB_EABSENT where nothing could be run.
 */
int sb_doctor_noise(const struct sb_strings *kernels, int rounds, const struct sb_output *output,
                    struct sb_error *err);

#endif
