/* SPDX-License-Identifier: Apache-2.0 */
/** Flux: what `flux jobs --json` says (flux-jobs(1); Flux RFC 21 for states and exceptions). */
#ifndef SB_FLUX_H
#define SB_FLUX_H

#include "harness/place/batch/batch.h"

/** Appends the jobs of an answer: {"jobs": […]}, or one job alone, as it is printed for a single id. */
int sb_flux_read(struct sb_placed **list, int *count, const char *text, struct sb_error *err);

#endif
