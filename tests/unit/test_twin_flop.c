/* SPDX-License-Identifier: Apache-2.0 */
/* Flop from disassembly: texts of objdump 2.40, and code that gcc compiles here and now. */
#include "backends/twin/counts/flop.h"
#include "backends/twin/counts/instruction.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NO (-1)

static void test_flop__instructions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int lanes;
        bool single;
        int kind;
    } cases[] = {
        {"addsd  %xmm1,%xmm0", 1, false, SB_FLOP_ADD},
        {"subss  0x8(%rsp),%xmm0", 1, true, SB_FLOP_ADD},
        {"mulsd  %xmm1,%xmm0", 1, false, SB_FLOP_MUL},
        {"divss  %xmm1,%xmm0", 1, true, SB_FLOP_DIV},
        {"sqrtsd %xmm4,%xmm4", 1, false, SB_FLOP_SQRT},
        {"vaddsd %xmm1,%xmm2,%xmm0", 1, false, SB_FLOP_ADD},
        {"vfmadd213sd %xmm1,%xmm2,%xmm0", 1, false, SB_FLOP_FMA},
        {"vfnmadd231ss (%rax),%xmm2,%xmm0", 1, true, SB_FLOP_FMA},
        {"addpd  %xmm1,%xmm0", 2, false, SB_FLOP_ADD},
        {"mulps  %xmm1,%xmm0", 4, true, SB_FLOP_MUL},
        {"vmulpd %ymm1,%ymm2,%ymm0", 4, false, SB_FLOP_MUL},
        {"call   1030 <fma@plt>", 1, false, SB_FLOP_FMA},
        {"call   1040 <fmaf@plt>", 1, true, SB_FLOP_FMA},
        {"call   1040 <exp@plt>", 1, false, SB_FLOP_SPECIAL},
        {"call   1040 <sinf@plt>", 1, true, SB_FLOP_SPECIAL},
        {"call   1040 <_Z3fmaddd>", 1, false, SB_FLOP_FMA},
        {"call   1040 <_Z3madDv4_fS_S_>", 4, true, SB_FLOP_FMA},
        {"call   1040 <_Z4sqrtf@plt>", 1, true, SB_FLOP_SQRT},
        {"call   1040 <_Z3maxii>", 0, false, NO},
        {"call   1040 <_Z9>", 0, false, NO},
        {"call   1040 <erf@plt>", 1, false, SB_FLOP_SPECIAL},
        {"call   1040 <__tsan_read8>", 0, false, NO},
        {"movsd  %xmm1,%xmm0", 0, false, NO},
        {"maxsd  %xmm1,%xmm0", 0, false, NO},
        {"comisd %xmm0,%xmm3", 0, false, NO},
        {"cvtss2sd %xmm0,%xmm0", 0, false, NO},
        {"paddd  %xmm1,%xmm0", 0, false, NO},
        {"add    $0x8,%rsp", 0, false, NO},
        {"fadd   %st(1),%st", 0, false, NO},
        {"fadd\td0, d1, d2", 1, false, SB_FLOP_ADD},
        {"fmadd\ts0, s1, s2, s3", 1, true, SB_FLOP_FMA},
        {"fnmul\td0, d1, d2", 1, false, SB_FLOP_MUL},
        {"fsqrt\td0, d1", 1, false, SB_FLOP_SQRT},
        {"fmul\tv0.2d, v1.2d, v2.2d", 2, false, SB_FLOP_MUL},
        {"fmla\tv0.4s, v1.4s, v2.4s", 4, true, SB_FLOP_FMA},
        {"fmov\td0, x0", 0, false, NO},
        {"bl\t1030 <fma@plt>", 1, false, SB_FLOP_FMA},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const struct sb_instruction got = sb_instruction_read(cases[i].text);
        if (got.lanes != cases[i].lanes ||
            (got.lanes && (got.single != cases[i].single || (int)got.kind != cases[i].kind))) {
            print_error("%s: %d %d %d\n", cases[i].text, got.lanes, got.single, got.kind);
            fail();
        }
    }
}

static void test_flop__jumps(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum sb_flow flow;
        uint32_t target;
    } cases[] = {
        {"jge    11d <k+0x11d>", SB_FLOW_BRANCH, 0x11d},
        {"jmp    f0 <k+0xf0>", SB_FLOW_JUMP, 0xf0},
        {"notrack jmp *%rax", SB_FLOW_JUMP, 0},
        {"ret", SB_FLOW_END, 0},
        {"mov    $0x0,%eax", SB_FLOW_NEXT, 0},
        {"b.ne\t66 <k+0x66>", SB_FLOW_BRANCH, 0x66},
        {"cbz\tw0, 66 <k+0x66>", SB_FLOW_BRANCH, 0x66},
        {"tbnz\tw0, #3, 1a4 <k+0x1a4>", SB_FLOW_BRANCH, 0x1a4},
        {"b\t66 <k+0x66>", SB_FLOW_JUMP, 0x66},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const struct sb_instruction got = sb_instruction_read(cases[i].text);
        assert_int_equal(got.flow, cases[i].flow);
        assert_int_equal(got.target, cases[i].target);
    }
    assert_true(sb_instruction_read("call   1f <__sanitizer_cov_trace_pc>").begins_block);
    assert_true(sb_instruction_read("bl\t1f <__sanitizer_cov_trace_pc@plt>").begins_block);
    assert_false(sb_instruction_read("call   1f <__sanitizer_cov_trace_pc_guard>").begins_block);
}

static void test_flop__blocks_begin_after_the_call(void **state)
{
    (void)state;
    static const char text[] = "\nk.so:     file format elf64-x86-64\n\n"
                               "0000000000001100 <k>:\n"
                               "    1100:\taddsd  %xmm0,%xmm0\n" /* before any block */
                               "    1108:\tcall   1f0 <__sanitizer_cov_trace_pc>\n"
                               "    110d:\tmulsd  %xmm0,%xmm0\n"
                               "    1111:\tjb     1120 <k+0x20>\n"
                               "    1113:\tcall   1f0 <__sanitizer_cov_trace_pc>\n"
                               "    1118:\tcall   1f8 <fmaf@plt>\n"
                               "    1120:\tret\n"
                               "\n0000000000001130 <other>:\n"
                               "    1130:\taddsd  %xmm0,%xmm0\n";
    struct sb_flop_table table;
    assert_int_equal(sb_flop_read(&table, text, NULL), 0);
    assert_int_equal(table.count, 2);
    const struct sb_block_flop *first = sb_flop_find(&table, 0x110d);
    const struct sb_block_flop *second = sb_flop_find(&table, 0x1118);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(sb_flop_find(&table, 0x1120));
    double got[2][SB_FLOP_KINDS] = {{0}};
    sb_flop_add(got, &table, first, 10);
    sb_flop_add(got, &table, second, 1);
    static const double expected[2][SB_FLOP_KINDS] = {{0, 10, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0}};
    assert_memory_equal(got, expected, sizeof got);
    assert_int_equal(table.operation[first->first].site, 0x110d);
    assert_int_equal(first->branch, 0x1111);
    assert_int_equal(second->branch, 0);
    sb_flop_free(&table);
    struct sb_error err;
    assert_int_equal(sb_flop_read(&table, "nothing\n", &err), SB_EPARSE);
}

/* Compiles @p source as counted code with that compiler and sums all its blocks. */
static void count_source(double out[2][SB_FLOP_KINDS], const char *gcc, const char *objdump,
                         const char *source)
{
    char folder[] = "/tmp/sb-flop-XXXXXX";
    char from[64];
    char to[64];
    assert_non_null(mkdtemp(folder));
    snprintf(from, sizeof from, "%s/k.c", folder);
    snprintf(to, sizeof to, "%s/k.o", folder);
    assert_int_equal(sb_fs_write(from, source, strlen(source), NULL), 0);
    const char *const argv[] = {gcc,
                                "-O1",
                                "-fno-math-errno",
                                "-ffp-contract=off",
                                "-fPIC",
                                "-fsanitize-coverage=trace-pc",
                                "-shared",
                                "-nostdlib",
                                from,
                                "-o",
                                to,
                                NULL};
    struct sb_process_result result = {0};
    assert_int_equal(sb_process_run(&result, argv, 60, NULL), 0);
    assert_int_equal(result.exit_status, 0);
    sb_process_result_free(&result);
    struct sb_flop_table table;
    const char *const disassemble[] = {objdump, "-d", "--no-show-raw-insn", to, NULL};
    assert_int_equal(sb_process_run(&result, disassemble, 60, NULL), 0);
    assert_int_equal(sb_flop_read(&table, result.output, NULL), 0);
    sb_process_result_free(&result);
    for (size_t i = 0; i < table.count; ++i) {
        sb_flop_add(out, &table, &table.block[i], 1);
    }
    sb_flop_free(&table);
    unlink(from);
    unlink(to);
    rmdir(folder);
}

static void expect_of_compiler(const char *gcc, const char *objdump)
{
    double got[2][SB_FLOP_KINDS] = {{0}};
    count_source(
        got, gcc, objdump,
        "double fma(double, double, double); double sqrt(double); float expf(float);\n"
        "void d(double *a) { a[0] = fma(a[1], a[2], a[3] - 1.5) / sqrt(a[4] * a[5]); }\n"
        "void f(float *a, int n) { if (n) a[0] = expf(a[1]) * a[2]; else a[0] += a[3]; }\n");
    static const double expected[2][SB_FLOP_KINDS] = {{1, 1, 1, 1, 1, 0}, {1, 1, 0, 0, 0, 1}};
    assert_memory_equal(got, expected, sizeof got);
    assert_true(sb_flop_sum(got[0]) == 6);
}

static void test_flop__of_code_compiled_here(void **state)
{
    (void)state;
    expect_of_compiler("gcc", "objdump");
}

static void test_flop__of_code_for_arm(void **state)
{
    (void)state;
    char path[256];
    if (sb_process_which(path, sizeof path, "aarch64-linux-gnu-gcc", NULL) != 0 ||
        sb_process_which(path, sizeof path, "aarch64-linux-gnu-objdump", NULL) != 0) {
        print_message("gcc-aarch64-linux-gnu is not installed\n");
        skip();
    }
    expect_of_compiler("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objdump");
}

static void test_flop__no_object(void **state)
{
    (void)state;
    struct sb_flop_table table;
    struct sb_error err;
    assert_int_equal(sb_flop_disassemble(&table, "/nonexistent.so", &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "/nonexistent.so"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flop__instructions),
        cmocka_unit_test(test_flop__jumps),
        cmocka_unit_test(test_flop__blocks_begin_after_the_call),
        cmocka_unit_test(test_flop__of_code_compiled_here),
        cmocka_unit_test(test_flop__of_code_for_arm),
        cmocka_unit_test(test_flop__no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
