/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/opcodes.h"

#include <stdint.h>
#include <string.h>

static uint32_t word(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static enum sb_opcode of_aarch64(const unsigned char *bytes, size_t size)
{
    const uint32_t w = size == 4 ? word(bytes) : 0;
    if (w == 0xaa1b03fb) { /* mov x27, x27 */
        return SB_OPCODE_BEGIN;
    }
    if (w == 0xaa1a03fa) { /* mov x26, x26 */
        return SB_OPCODE_END;
    }
    const uint32_t group = w >> 25 & 15;
    if (group == 2 && w >> 31) { /* SVE encodings 1xx: memory */
        return w >> 29 == 7 ? SB_OPCODE_SCALABLE_STORE : SB_OPCODE_SCALABLE_LOAD;
    }
    const bool branch = (w >> 26 & 31) == 5         /* b, bl */
                        || w >> 25 == 0x2a          /* b.cond */
                        || (w >> 25 & 0x3f) == 0x1a /* cbz, cbnz */
                        || (w >> 25 & 0x3f) == 0x1b /* tbz, tbnz */
                        || w >> 25 == 0x6b;         /* br, blr, ret */
    return branch ? SB_OPCODE_BRANCH : SB_OPCODE_OTHER;
}

static bool riscv_short_branch(uint32_t half)
{
    const uint32_t quadrant = half & 3;
    const uint32_t function = half >> 13 & 7;
    const bool jump_register =
        quadrant == 2 && function == 4 && (half >> 2 & 31) == 0 && (half >> 7 & 31) != 0;
    return (quadrant == 1 && function >= 5) ||
           jump_register; /* c.j, c.beqz, c.bnez; c.jr, c.jalr */
}

static enum sb_opcode of_riscv64(const unsigned char *bytes, size_t size)
{
    if (size == 2) {
        const uint32_t half = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
        return riscv_short_branch(half) ? SB_OPCODE_BRANCH : SB_OPCODE_OTHER;
    }
    const uint32_t w = size == 4 ? word(bytes) : 0;
    if (w == 0x5b102013) { /* slti zero, zero, 0x5b1 */
        return SB_OPCODE_BEGIN;
    }
    if (w == 0x5b202013) {
        return SB_OPCODE_END;
    }
    const uint32_t opcode = w & 0x7f;
    const uint32_t width = w >> 12 & 7; /* 1 to 4 are of scalar floating point */
    if ((opcode == 0x07 || opcode == 0x27) && (width == 0 || width >= 5)) {
        return opcode == 0x27 ? SB_OPCODE_SCALABLE_STORE : SB_OPCODE_SCALABLE_LOAD;
    }
    const bool branch = opcode == 0x63 || opcode == 0x67 || opcode == 0x6f;
    return branch ? SB_OPCODE_BRANCH : SB_OPCODE_OTHER;
}

static bool x86_prefix(unsigned char byte)
{
    return byte == 0x66 || byte == 0xf2 || byte == 0xf3 || byte == 0x2e || byte == 0x36 ||
           byte == 0x3e || byte == 0x26 || byte == 0x64 || byte == 0x65 || byte == 0x67;
}

static enum sb_opcode of_x86(const unsigned char *bytes, size_t size)
{
    static const unsigned char begin[] = {0x48, 0x87, 0xdb}; /* xchg %rbx, %rbx */
    static const unsigned char end[] = {0x48, 0x87, 0xc9};   /* xchg %rcx, %rcx */
    if (size == sizeof begin && memcmp(bytes, begin, size) == 0) {
        return SB_OPCODE_BEGIN;
    }
    if (size == sizeof end && memcmp(bytes, end, size) == 0) {
        return SB_OPCODE_END;
    }
    size_t at = 0;
    while (at < size && x86_prefix(bytes[at])) {
        ++at;
    }
    at += at < size && (bytes[at] & 0xf0) == 0x40; /* REX */
    const unsigned char op = at < size ? bytes[at] : 0;
    const unsigned char next = at + 1 < size ? bytes[at + 1] : 0;
    const unsigned form = next >> 3 & 7; /* of 0xff: calls are 2 and 3, jumps 4 and 5 */
    const bool branch = (op >= 0x70 && op <= 0x7f) || (op >= 0xe0 && op <= 0xe3) || op == 0xe8 ||
                        op == 0xe9 || op == 0xeb || op == 0xc2 || op == 0xc3 ||
                        (op == 0x0f && next >= 0x80 && next <= 0x8f) ||
                        (op == 0xff && form >= 2 && form <= 5);
    return branch ? SB_OPCODE_BRANCH : SB_OPCODE_OTHER;
}

enum sb_opcode sb_opcode_of(const char *machine, const unsigned char *bytes, size_t size)
{
    return strcmp(machine, "aarch64") == 0   ? of_aarch64(bytes, size)
           : strcmp(machine, "riscv64") == 0 ? of_riscv64(bytes, size)
           : strcmp(machine, "x86_64") == 0  ? of_x86(bytes, size)
                                             : SB_OPCODE_OTHER;
}
