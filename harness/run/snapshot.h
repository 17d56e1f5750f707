/* SPDX-License-Identifier: Apache-2.0 */
/** All arrays of a case in a file, from a cell's process to its parent, which forked it and so shares its addresses. */
#ifndef SB_SNAPSHOT_H
#define SB_SNAPSHOT_H

#include "harness/util/error.h"
#include "kernels/kernel.h"

/** Writes @p host to @p fd, from its beginning. SB_EIO. */
int sb_snapshot_write(int fd, const struct sb_host *host, struct sb_error *err);
/** Reads it back; *out is freed with sb_host_free(). SB_EIO where nothing whole was written, SB_ENOMEM. */
int sb_snapshot_read(struct sb_host **out, int fd, struct sb_error *err);

#endif
