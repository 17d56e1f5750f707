/* SPDX-License-Identifier: Apache-2.0 */
/** What would be submitted. */
#ifndef SB_DRIVE_SHOW_H
#define SB_DRIVE_SHOW_H

#include "harness/plan/plan.h"

#include <stdio.h>

/** Writes every job's script or manifest, as if the campaign were in @p folder. SB_EINVAL, SB_ENOTFOUND, … of schedulers. */
int sb_drive_show(FILE *out, const struct sb_plan *plan, const char *folder, struct sb_error *err);

#endif
