/* SPDX-License-Identifier: Apache-2.0 */
/** Pictures of results, as PNG. */
#ifndef SB_PICTURE_H
#define SB_PICTURE_H

#include "backends/backend.h"
#include "harness/plan/plan.h"

/** Writes the kernel's picture of the device's present state to <folder>/<cell id>.png. SB_EIO, SB_ENOMEM. */
int sb_picture_write(const char *folder, const struct sb_cell *cell, const struct sb_case *c,
                     struct sb_exec *exec, const struct sb_backend *backend,
                     const struct sb_host *like, struct sb_error *err);

#endif
