/* SPDX-License-Identifier: Apache-2.0 */
/** Reading /sys and /proc of this machine, or of a recorded one in a folder. */
#ifndef SB_SYSFS_H
#define SB_SYSFS_H

#include "harness/util/error.h"

#include <stddef.h>
#include <stdint.h>

/** "" for this machine, or $SWITCHBENCH_RECORDED_NODE: a folder with another one's sys/, proc/ (tests/nodes/). What is read
 *  from there is told as recorded. */
const char *sb_sysfs_root(void);

/**
 * The first line of @p path, without its newline. SB_ENOTFOUND: there is no such file; SB_EABSENT: no permission; SB_EIO. The
 * sentence names the file.
 */
int sb_sysfs_line(char *out, size_t room, const char *path, struct sb_error *err);
/** A whole number of 0 or more. SB_EPARSE "…/energy_uj says 'abc', which is no number"; as sb_sysfs_line(). */
int sb_sysfs_number(uint64_t *out, const char *path, struct sb_error *err);
/** Whether @p word is among those of /proc/cpuinfo ("hypervisor": a virtual machine). */
int sb_sysfs_cpu_has(const char *root, const char *word);

#endif
