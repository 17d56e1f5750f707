/* SPDX-License-Identifier: Apache-2.0 */
/** Going on in the background. */
#ifndef SB_DETACH_H
#define SB_DETACH_H

#include "harness/campaign/folder.h"
#include "harness/cli/table.h"

/**
 * Runs @p folder (open for writing) in a process of its own session, whose words go to driver.log in the folder; returns in the
 * caller once that one drives: 0, or SB_EINFRA with what it said. The caller's folder is closed to it: the other one writes.
 */
int sb_detach_run(struct sb_folder *folder, const struct sb_output *output, struct sb_error *err);

#endif
