/* SPDX-License-Identifier: Apache-2.0 */
/** Events that are asked for by name, before anything runs. */
#ifndef SB_COUNTERS_CHECK_H
#define SB_COUNTERS_CHECK_H

#include "harness/plan/plan.h"

/**
 * Asks the runner about the events that @p plan names, where all of it runs here and in no container: nodes elsewhere may know others.
 * SB_EINVAL: a source that is here has no event of that name; with the closest one. What is known and does not count here is no
 * error: records say so.
 */
int sb_counters_check(const struct sb_plan *plan, struct sb_error *err);

#endif
