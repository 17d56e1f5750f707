/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What an instruction is, by its bits: as much as counting needs. Sources: Arm ARM DDI 0487 C4.1, RISC-V Unprivileged ISA
 * 20191213 chapters 16 and 24 and the V extension 1.0 §7, Intel SDM volume 2 appendix A.
 */
#ifndef SB_OPCODES_H
#define SB_OPCODES_H

#include <stdbool.h>
#include <stddef.h>

enum sb_opcode {
    SB_OPCODE_OTHER,
    SB_OPCODE_BRANCH, /* jumps, calls, returns, conditional or not */
    SB_OPCODE_SCALABLE_LOAD, /* of vectors as long as the processor's: SVE's (its prefetches too), RISC-V V's */
    SB_OPCODE_SCALABLE_STORE,
    SB_OPCODE_BEGIN, /* nothing but a mark: backends/cpu/device/server.h */
    SB_OPCODE_END
};

/** The class of the instruction of @p size bytes at @p bytes; @p machine is as uname(1) says ("aarch64"), others have none. */
enum sb_opcode sb_opcode_of(const char *machine, const unsigned char *bytes, size_t size);

#endif
