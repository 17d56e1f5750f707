/* SPDX-License-Identifier: Apache-2.0 */
/* What the emulator's plug-in makes of instructions, and what is made of its counts. */
#include "harness/run/counting/opcodes.h"
#include "harness/run/counting/region_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(...) {__VA_ARGS__}, sizeof((unsigned char[]){__VA_ARGS__})

/* Encodings as GNU as 2.40 gives them. */
static const struct {
    const char *machine, *what;
    unsigned char bytes[8];
    size_t size;
    enum sb_opcode expected;
} cases[] = {
    {"sparc64", "ret", BYTES(0xc3), SB_OPCODE_OTHER},
    {"x86_64", "nothing", {0}, 0, SB_OPCODE_OTHER},
    {"x86_64", "prefixes alone", BYTES(0x66, 0x66), SB_OPCODE_OTHER},
    {"aarch64", "half an instruction", BYTES(0xfb, 0x03), SB_OPCODE_OTHER},
    {"x86_64", "xchg %rbx, %rbx", BYTES(0x48, 0x87, 0xdb), SB_OPCODE_BEGIN},
    {"x86_64", "xchg %rcx, %rcx", BYTES(0x48, 0x87, 0xc9), SB_OPCODE_END},
    {"x86_64", "xchg %rbx, %rcx", BYTES(0x48, 0x87, 0xd9), SB_OPCODE_OTHER},
    {"x86_64", "jne", BYTES(0x75, 0xf0), SB_OPCODE_BRANCH},
    {"x86_64", "jne, far", BYTES(0x0f, 0x85, 0, 1, 0, 0), SB_OPCODE_BRANCH},
    {"x86_64", "bnd ret", BYTES(0xf2, 0xc3), SB_OPCODE_BRANCH},
    {"x86_64", "call *%r8", BYTES(0x41, 0xff, 0xd0), SB_OPCODE_BRANCH},
    {"x86_64", "push (%rax)", BYTES(0xff, 0x30), SB_OPCODE_OTHER},
    {"x86_64", "incl (%rax)", BYTES(0xff, 0x00), SB_OPCODE_OTHER},
    {"x86_64", "vmovupd (%rax), %ymm0", BYTES(0xc5, 0xfd, 0x10, 0x00), SB_OPCODE_OTHER},
    {"aarch64", "mov x27, x27", BYTES(0xfb, 0x03, 0x1b, 0xaa), SB_OPCODE_BEGIN},
    {"aarch64", "mov x26, x26", BYTES(0xfa, 0x03, 0x1a, 0xaa), SB_OPCODE_END},
    {"aarch64", "mov x25, x25", BYTES(0xf9, 0x03, 0x19, 0xaa), SB_OPCODE_OTHER},
    {"aarch64", "b .", BYTES(0x00, 0x00, 0x00, 0x14), SB_OPCODE_BRANCH},
    {"aarch64", "bl .", BYTES(0x00, 0x00, 0x00, 0x94), SB_OPCODE_BRANCH},
    {"aarch64", "b.ne .", BYTES(0x01, 0x00, 0x00, 0x54), SB_OPCODE_BRANCH},
    {"aarch64", "cbnz x0, .", BYTES(0x00, 0x00, 0x00, 0xb5), SB_OPCODE_BRANCH},
    {"aarch64", "tbz w0, #3, .", BYTES(0x00, 0x00, 0x18, 0x36), SB_OPCODE_BRANCH},
    {"aarch64", "ret", BYTES(0xc0, 0x03, 0x5f, 0xd6), SB_OPCODE_BRANCH},
    {"aarch64", "ldr q0, [x0]", BYTES(0x00, 0x00, 0xc0, 0x3d), SB_OPCODE_OTHER},
    {"aarch64", "fmla v0.2d, v1.2d, v2.2d", BYTES(0x20, 0xcc, 0x62, 0x4e), SB_OPCODE_OTHER},
    {"aarch64", "ld1d z0.d, p0/z, [x0]", BYTES(0x00, 0xa0, 0xe0, 0xa5), SB_OPCODE_SCALABLE_LOAD},
    {"aarch64", "st1d z0.d, p0, [x0]", BYTES(0x00, 0xe0, 0xe0, 0xe5), SB_OPCODE_SCALABLE_STORE},
    {"aarch64", "fmla z0.d, p0/m, z1.d, z2.d", BYTES(0x20, 0x00, 0xe2, 0x65), SB_OPCODE_OTHER},
    {"riscv64", "slti zero, zero, 0x5b1", BYTES(0x13, 0x20, 0x10, 0x5b), SB_OPCODE_BEGIN},
    {"riscv64", "slti zero, zero, 0x5b2", BYTES(0x13, 0x20, 0x20, 0x5b), SB_OPCODE_END},
    {"riscv64", "bne a0, a1, .", BYTES(0x63, 0x10, 0xb5, 0x00), SB_OPCODE_BRANCH},
    {"riscv64", "jal .", BYTES(0xef, 0x00, 0x00, 0x00), SB_OPCODE_BRANCH},
    {"riscv64", "c.ret", BYTES(0x82, 0x80), SB_OPCODE_BRANCH},
    {"riscv64", "c.bnez a0, .", BYTES(0x01, 0xe1), SB_OPCODE_BRANCH},
    {"riscv64", "c.mv a0, a1", BYTES(0x2e, 0x85), SB_OPCODE_OTHER},
    {"riscv64", "c.ebreak", BYTES(0x02, 0x90), SB_OPCODE_OTHER},
    {"riscv64", "fld fa0, 0(a0)", BYTES(0x07, 0x35, 0x05, 0x00), SB_OPCODE_OTHER},
    {"riscv64", "vle64.v v8, (a0)", BYTES(0x07, 0x74, 0x05, 0x02), SB_OPCODE_SCALABLE_LOAD},
    {"riscv64", "vse64.v v8, (a0)", BYTES(0x27, 0x74, 0x05, 0x02), SB_OPCODE_SCALABLE_STORE},
};

static void test_opcodes__are_known_by_their_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const enum sb_opcode got = sb_opcode_of(cases[i].machine, cases[i].bytes, cases[i].size);
        if (got != cases[i].expected) {
            fail_msg("%s %s: %d, expected %d", cases[i].machine, cases[i].what, got,
                     cases[i].expected);
        }
    }
}

#define LINE(n)                                                                                    \
    "{\"machine\": \"aarch64\", \"instructions\": " n ", \"branches\": 2, \"loads\": 3, "          \
    "\"stores\": 4, \"read_bytes\": 5, \"write_bytes\": 6, \"scalable\": 7, "                      \
    "\"scalable_seen\": 8}\n"

static void test_region__what_is_no_line_of_counts_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fault;
    } bad[] = {
        {"", "begin and end 0 times, not 2"},
        {LINE("1"), "begin and end 1 times, not 2"},
        {"hello\n", "no whole line of counts"},
        {LINE("1") "{\"machine\": \"aarch64\", \"instr", "no whole line of counts"},
        {LINE("1") "{\"machine\": \"aarch64\"}\n", "instructions: missing, expected integer"},
        {LINE("1") LINE("\"x\""), "instructions: expected integer"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        struct sb_region_counts counts;
        struct sb_error err = {0};
        assert_int_equal(sb_region_parse(&counts, bad[i].text, 2, &err), SB_EPARSE);
        if (!strstr(err.text, bad[i].fault)) {
            fail_msg("'%s' does not say '%s'", err.text, bad[i].fault);
        }
    }
}

static void test_region__the_last_one_counts(void **state)
{
    (void)state;
    struct sb_region_counts counts;
    assert_int_equal(sb_region_parse(&counts, LINE("100") LINE("90"), 2, NULL), 0);
    assert_int_equal((int)counts.instructions, 90);
    assert_int_equal((int)counts.scalable_seen, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opcodes__are_known_by_their_bits),
        cmocka_unit_test(test_region__what_is_no_line_of_counts_is_refused),
        cmocka_unit_test(test_region__the_last_one_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
