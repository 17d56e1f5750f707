/* SPDX-License-Identifier: Apache-2.0 */
/** Compiled code for another processor, in a process of an emulator (qemu-user) that shares the arrays. */
#ifndef SB_CPU_EMULATOR_H
#define SB_CPU_EMULATOR_H

#include "backends/cpu/cpu.h"

struct sb_emulator;

/** Path of the emulator for @p target; SB_EABSENT names the package, or what no emulator has. */
int sb_emulator_find(char *out, size_t room, const struct sb_cpu_target *target,
                     struct sb_error *err);
/** Its -cpu: all that it can, and vectors of the length asked for. */
void sb_emulator_processor(char *out, size_t room, const struct sb_cpu_target *target);
/** What stands in for a processor of @p target, for sb_device.emulated; SB_EABSENT names the package. Blocks. */
int sb_emulator_name(char *out, size_t room, const struct sb_cpu_target *target,
                     struct sb_error *err);
/** The emulator that this very process runs in ("qemu-aarch64 7.2.22"); "" on a processor of its own. Asked once. */
const char *sb_emulator_around(void);
/** Starts @p program; *out_threads gets how many OpenMP threads it has. Ends with this process at the latest. @p plugin is
 *  loaded into the emulator: "FILE,NAME=VALUE", or "". */
int sb_emulator_start(struct sb_emulator **out, int *out_threads, const char *program,
                      const struct sb_cpu_target *target, const char *plugin, bool flush_denormals,
                      struct sb_error *err);
/** Makes array number @p index, which both sides see; @p out is the caller's to unmap. */
int sb_emulator_map(struct sb_emulator *emulator, struct sb_buffer *out, int index,
                    const char *name, size_t bytes, struct sb_error *err);
/**
 * Runs @p launches, which are sent when they differ from the last; *out_time_ns is of the emulator's clock: no
 * measure of anything. SB_ECRASH where the process died, SB_EBOUNDS where it reached beyond an array.
 */
int sb_emulator_repeat(uint64_t *out_time_ns, struct sb_emulator *emulator,
                       const struct sb_launches *launches, enum sb_precision precision,
                       int index_bits, struct sb_error *err);
/** Ends the process; NULL is legal. */
void sb_emulator_stop(struct sb_emulator *emulator);

#endif
