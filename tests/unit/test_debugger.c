/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/debugger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const struct sb_debug_case usual = {.backend = "cpu",
                                           .target = "native",
                                           .runner = "/b/switchbench-runner",
                                           .job = "/c/job's.json",
                                           .function = "step",
                                           .kind = ""};

/* Programs of these names, so that what is written does not depend on what is installed. */
static int install_all(void **state)
{
    static char folder[] = "/tmp/sb_debugger_XXXXXX";
    static const char *const also[] = {"env", NULL};
    if (!mkdtemp(folder)) {
        return -1;
    }
    for (int k = 0; k < 2; ++k) {
        for (const char *const *name = k ? also : sb_debuggers; *name; ++name) {
            char path[128];
            snprintf(path, sizeof path, "%s/%s", folder, *name);
            FILE *file = fopen(path, "w");
            if (!file || fclose(file) != 0 || chmod(path, 0700) != 0) {
                return -1;
            }
        }
    }
    *state = folder;
    return setenv("PATH", folder, 1);
}

static int remove_all(void **state)
{
    for (const char *const *name = sb_debuggers; *name; ++name) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", (const char *)*state, *name);
        remove(path);
    }
    char path[128];
    snprintf(path, sizeof path, "%s/env", (const char *)*state);
    remove(path);
    return remove(*state);
}

static void expect(const char *with, const struct sb_debug_case *c, const char *wanted)
{
    struct sb_strings argv = {0};
    struct sb_error err = {0};
    char *text = NULL;
    if (sb_debugger_command(&argv, with, c, &err) != 0) {
        fail_msg("%s: %s", with, err.text);
    }
    assert_int_equal(sb_debugger_quote(&text, &argv, &err), 0);
    if (!strstr(text, wanted)) {
        fail_msg("%s: no \"%s\" in: %s", with, wanted, text);
    }
    free(text);
    sb_strings_free(&argv);
}

static void test_debugger__what_it_cannot_look_into_is_refused(void **state)
{
    (void)state;
    struct sb_strings argv = {0};
    struct sb_error err = {0};
    struct sb_debug_case c = usual;
    assert_int_equal(sb_debugger_command(&argv, "oclgrind", &c, &err), SB_EINVAL);
    assert_string_equal(err.text, "oclgrind looks into cells of opencl, not of cpu");
    assert_int_equal(sb_debugger_command(&argv, "gbd", &c, &err), SB_EINVAL);
    c.backend = "cuda";
    assert_int_equal(sb_debugger_command(&argv, "valgrind", &c, &err), SB_EINVAL);
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    assert_int_equal(sb_debugger_command(&argv, "cuda-gdb", &c, &err), SB_EABSENT);
    assert_string_equal(err.text, "cuda-gdb is not installed: install NVIDIA's CUDA toolkit");
    setenv("PATH", path, 1);
    free(path);
    assert_int_equal(argv.count, 0);
}

static void test_debugger__it_stops_where_the_record_says(void **state)
{
    (void)state;
    struct sb_debug_case c = usual;
    expect("gdb", &c, "-ex 'break sb_run_step' -ex run --args /b/switchbench-runner --single ");
    expect("gdb", &c, "'/c/job'\\''s.json'");
    c.before = 3;
    expect("gdb", &c, "-ex 'ignore 1 3'");
    c.readable = true;
    expect("gdb", &c, "-ex 'break step'");
    c.file = "k.dev.c";
    c.line = 14;
    expect("gdb", &c,
           "-ex 'break k.dev.c:14' -ex run"); /* a place needs no launch to be left out */
    c.backend = "twin";
    c.located = true;
    c.thread[0] = 5;
    c.block[1] = 2;
    expect("gdb", &c, "break k.dev.c:14 if sb_twin_here.sb_thread.x == 5 && ");
    expect("gdb", &c, "sb_twin_here.sb_block.y == 2");
    c.backend = "cuda";
    expect("cuda-gdb", &c,
           "-ex 'break step' -ex run -ex 'cuda kernel 0 block (0,2,0) thread (5,0,0)'");
}

static void test_debugger__the_checker_fits_the_cause(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *cuda, *opencl;
    } cases[] = {
        {"", "--tool memcheck", "OCLGRIND_DATA_RACES=1 OCLGRIND_MAX"},
        {"out_of_bounds", "--tool memcheck", "OCLGRIND_DATA_RACES=1 OCLGRIND_MAX"},
        {"race", "--tool racecheck", "OCLGRIND_DATA_RACES=1 OCLGRIND_MAX"},
        {"uninitialised", "--tool initcheck", "OCLGRIND_UNINITIALIZED=1"},
        {"deadlock", "--tool synccheck", "OCLGRIND_DATA_RACES=1 OCLGRIND_MAX"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_debug_case c = usual;
        c.kind = cases[i].kind;
        c.backend = "cuda";
        expect("compute-sanitizer", &c, cases[i].cuda);
        c.backend = "opencl";
        expect("oclgrind", &c, cases[i].opencl);
    }
}

static void test_debugger__valgrind_gets_a_target_that_it_can_read(void **state)
{
    (void)state;
    struct sb_debug_case c = usual;
    assert_string_equal(sb_debugger_target("gdb", &c), "native");
    c.target = "x86-64-v2";
    assert_string_equal(sb_debugger_target("valgrind", &c), "x86-64-v2");
#if defined(__x86_64__)
    c.target = "native";
    assert_string_equal(sb_debugger_target("valgrind", &c), "x86-64-v3");
    c.target = "x86-64-v4";
    assert_string_equal(sb_debugger_target("valgrind", &c), "x86-64-v3");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_debugger__what_it_cannot_look_into_is_refused),
        cmocka_unit_test(test_debugger__it_stops_where_the_record_says),
        cmocka_unit_test(test_debugger__the_checker_fits_the_cause),
        cmocka_unit_test(test_debugger__valgrind_gets_a_target_that_it_can_read),
    };
    return cmocka_run_group_tests(tests, install_all, remove_all);
}
