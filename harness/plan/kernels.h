/* SPDX-License-Identifier: Apache-2.0 */
/** Finding kernels, built in or in a folder anywhere on disk, and resolving their cases. */
#ifndef SB_KERNELS_H
#define SB_KERNELS_H

#include "harness/util/error.h"
#include "kernels/kernel.h"

/** All built-in kernels, by folder name; ends with NULL. Written by CMake. */
extern const struct sb_kernel *const sb_kernels[];

/** Folder that holds portable.h and the built-in kernels; never NULL. SWITCHBENCH_KERNELS overrides. */
const char *sb_kernels_folder(void);

/**
 * The kernel of that name, or, where @p name has a '/', of that folder: its <name>.c is compiled once into the cache
 * and loaded. @p folder gets the full path (room bytes). Errors: SB_ENOTFOUND (with the closest name), SB_ECOMPILE.
 */
int sb_kernel_find(const struct sb_kernel **out, char *folder, size_t room, const char *name,
                   struct sb_error *err);

/** Case of preset row @p preset, sizes fitted to memory where the row says so; then sb_case_set() and finish. */
void sb_case_init(struct sb_case *out, const struct sb_kernel *kernel,
                  const struct sb_preset *preset);
/** Sets one parameter from text ("4096", "0.5", a choice); SB_ENOTFOUND, SB_EINVAL with bounds. */
int sb_case_set(struct sb_case *c, const char *name, const char *value, struct sb_error *err);
/**
 * Applies tuning for the backend of @p machine and the index width (0: automatic), and checks refuse() and that
 * arrays and verification fit into @p memory_bytes. SB_EINVAL; SB_ELIMIT with both numbers.
 */
int sb_case_finish(struct sb_case *c, const struct sb_machine *machine, int index_bits,
                   double memory_bytes, struct sb_error *err);
/** Tuning alone, on the machine that runs it. */
void sb_case_tune(struct sb_case *c, const struct sb_machine *machine);
/** What this machine's CPU offers to @p backend. */
void sb_machine_here(struct sb_machine *out, const char *backend);
/** Bytes of all arrays on the device, and on the host with verification. */
double sb_case_device_bytes(const struct sb_case *c);
double sb_case_host_bytes(const struct sb_case *c);
/** Memory this process may use: the least of physical memory and every enclosing cgroup's limit. */
double sb_memory_allowed(void);
/** How often the kernel has killed a process of this one's memory cgroup for its memory, since the cgroup began. */
long long sb_oom_kills(void);
/** Last-level cache in bytes as sysfs says; 0 where unknown. */
double sb_cache_bytes(void);
/** Number of CPUs this process may use (affinity and cgroup quota). */
int sb_cores_allowed(void);

#endif
