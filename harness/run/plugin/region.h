/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the plug-in counts between the marks, on all threads; one line of JSON for each region, in the file that it is told:
 *   {"machine": "aarch64", "instructions", "branches", "loads", "stores", "read_bytes", "write_bytes",
 *    "scalable", "scalable_seen"}
 * loads and stores are instructions that read and write memory. Those of vectors of the processor's length are known by
 * their bits: scalable says how many there were, scalable_seen how many accesses of theirs the emulator told of.
 */
#ifndef SB_REGION_H
#define SB_REGION_H

#include "harness/run/plugin/files.h"

#include <stdbool.h>
#include <stdint.h>

/** A run of instructions that are executed together. */
struct sb_block {
    uint32_t instructions, branches, scalable_loads, scalable_stores;
    enum sb_code from;
};

extern bool sb_region_open;
/** The file is made anew; false: it cannot. */
bool sb_region_file(const char *path, const char *machine);
/** By thread @p vcpu; the others are taken to wait. */
void sb_region_begin(unsigned vcpu);
void sb_region_end(void);
/** On thread @p vcpu, while the region is open. What OpenMP's library runs is not counted, nor what it calls in others. */
void sb_region_block(unsigned vcpu, const struct sb_block *block);
/** An access by @p instruction, a block of one. */
void sb_region_access(unsigned vcpu, const struct sb_block *instruction, bool store,
                      uint32_t bytes);

#endif
