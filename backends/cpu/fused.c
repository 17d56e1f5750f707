/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict maths wants no multiplication fused with an addition unless the source says FMA. gcc 12's vectoriser makes
 * a·c − b·s, a·s + b·c one vfmaddsub whatever -ffp-contract says; so the code is looked at. Bytes that only look like
 * such an instruction cost speed, not correctness.
 */
#include "backends/cpu/cpu.h"

#include "harness/util/fs.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* VFMADDSUB and VFMSUBADD: opcodes 96, 97, A6, A7, B6, B7 of the map 0F 38 with prefix 66 (Intel SDM vol. 2). */
static bool x86(const unsigned char *code, size_t bytes)
{
    for (size_t i = 0; i + 6 < bytes; ++i) {
        const bool vex = code[i] == 0xC4 && (code[i + 1] & 0x1F) == 2 && (code[i + 2] & 0x03) == 1;
        const bool evex = code[i] == 0x62 && (code[i + 1] & 0x07) == 2 && (code[i + 2] & 0x07) == 5;
        const unsigned char opcode = vex ? code[i + 3] : evex ? code[i + 4] : 0;
        const unsigned char low = opcode & 0x0F;
        if ((low == 6 || low == 7) && opcode >= 0x90 && opcode < 0xC0) {
            return true;
        }
    }
    return false;
}

/* FCMLA, of vectors of NEON and of SVE (Arm ARM, C4.1 and C8.1). */
static bool aarch64(const unsigned char *code, size_t bytes)
{
    for (size_t i = 0; i + 4 <= bytes; i += 4) {
        uint32_t word;
        memcpy(&word, code + i, sizeof word);
        if ((word & 0xBF20E400U) == 0x2E00C400U || (word & 0xFF208000U) == 0x64000000U) {
            return true;
        }
    }
    return false;
}

bool sb_cpu_fuses(const char *path)
{
    char *text = NULL;
    size_t length = 0;
    bool found = false;
    Elf64_Ehdr head;
    if (sb_fs_read(&text, &length, path, NULL) != 0) {
        return false;
    }
    memset(&head, 0, sizeof head);
    memcpy(&head, text, length < sizeof head ? length : sizeof head);
    for (size_t i = 0; length >= sizeof head && i < head.e_phnum && !found; ++i) {
        const size_t at = head.e_phoff + i * sizeof(Elf64_Phdr);
        Elf64_Phdr part;
        if (at + sizeof part > length) {
            break;
        }
        memcpy(&part, text + at, sizeof part);
        if (part.p_type == PT_LOAD && part.p_flags & PF_X && part.p_offset <= length &&
            part.p_filesz <= length - part.p_offset) {
            const unsigned char *code = (const unsigned char *)text + part.p_offset;
            found = head.e_machine == EM_X86_64    ? x86(code, part.p_filesz)
                    : head.e_machine == EM_AARCH64 ? aarch64(code, part.p_filesz)
                                                   : false;
        }
    }
    free(text);
    return found;
}
