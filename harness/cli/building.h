/* SPDX-License-Identifier: Apache-2.0 */
/** Has the runner compile the cells of a plan, without running them. */
#ifndef SB_BUILDING_H
#define SB_BUILDING_H

#include "harness/plan/plan.h"

/**
 * Starts `switchbench-runner --build` on all cells of @p plan, @p jobs at a time (0: as many as cores), and waits. *out
 * is an array of what it said of each unit (harness/run/build.h), new reference. Tells how far it is on a terminal's
 * stderr. SB_EINFRA where the runner cannot be started, or ended early.
 */
int sb_building_run(json_t **out, const struct sb_plan *plan, int jobs, struct sb_error *err);

#endif
