/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/kernel_file/kernel_file.h"

#include "harness/util/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Arrays a, b and the macro N = 12. */
static struct sb_kernel_file some_file(void)
{
    struct sb_kernel_file file = {.array_count = 2, .define_count = 1};
    assert_int_equal(sb_file_array_parse(&file.array[0], "a double[8] in", "", &file, NULL), 0);
    assert_int_equal(sb_file_array_parse(&file.array[1], "b int[8] out", "", &file, NULL), 0);
    assert_int_equal(sb_file_define_parse(&file.define[0], "N=12", NULL), 0);
    return file;
}

static void test_array__bad_ones_are_refused_with_a_sentence(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "the name of an array"},
        {"1a double[3] in", "the name of an array"},
        {"a", "the type of an element"},
        {"a doubel[3] in", "did you mean 'double'"},
        {"a double", "the number of elements"},
        {"a double in", "the number of elements"},
        {"a double[0] in", "at least one element"},
        {"a double[-3] in", "at least one element"},
        {"a double[3 in", "']'"},
        {"a double[M] in", "a macro given with -D"},
        {"a double[1][2][3][4][5] in", "four dimensions"},
        {"a double[3037000500][3037000500] in", "at most 4 GiB"},
        {"a double[9223372036854775808] in", "a whole number"},
        {"a double[3]", "in, out, inout or scratch"},
        {"a double[3] both", "in, out, inout or scratch"},
        {"a double[3] out zero", "nothing more"},
        {"a double[3] in lots", "random, ramp, zero or a number"},
        {"a double[3] in ramp(1)", "','"},
        {"a double[3] in random(1, 2", "')'"},
        {"a double[3] in zero zero", "nothing more"},
        {"a double[3] in 1e999", "random, ramp, zero or a number"},
    };
    const struct sb_kernel_file file = some_file();
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct sb_file_array array;
        struct sb_error err = {0};
        assert_int_equal(sb_file_array_parse(&array, cases[i][0], "x.cu:3", &file, &err),
                         SB_EPARSE);
        if (!strstr(err.text, cases[i][1]) || strncmp(err.text, "x.cu:3: ", 8) != 0) {
            fail_msg("'%s' gave '%s'", cases[i][0], err.text);
        }
    }
}

static void test_array__shape_role_and_values_are_taken(void **state)
{
    (void)state;
    const struct sb_kernel_file file = some_file();
    struct sb_file_array array;
    assert_int_equal(sb_file_array_parse(&array,
                                         "p float4[2][N * 2 - (3 + 1) / 4] inout ramp(1, 0.5)", "",
                                         &file, NULL),
                     0);
    assert_string_equal(array.name, "p");
    assert_int_equal(array.rank, 2);
    assert_int_equal(array.shape[1], 23);
    assert_int_equal(array.role, SB_INOUT);
    assert_int_equal(sb_file_array_bytes(&array), 2 * 23 * 16);
    assert_int_equal(sb_element_type(array.element), SB_BYTES16);
    float values[2 * 23 * 4];
    sb_file_array_fill(values, &array, 1);
    assert_true(values[0] == 1.0F && values[3] == 2.5F && values[183] == 92.5F);
    assert_int_equal(
        sb_file_array_parse(&array, "c uchar[300] in random(250, 255)", "", &file, NULL), 0);
    unsigned char bytes[300], again[300];
    bool seen[256] = {false};
    sb_file_array_fill(bytes, &array, 7);
    sb_file_array_fill(again, &array, 7);
    assert_memory_equal(bytes, again, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; ++i) {
        assert_true(bytes[i] >= 250);
        seen[bytes[i]] = true;
    }
    assert_true(seen[250] && seen[255]);
    assert_int_equal(sb_file_array_parse(&array, "d double[1] in -2.5", "", &file, NULL), 0);
    double value = 0;
    sb_file_array_fill(&value, &array, 1);
    assert_true(value == -2.5);
    assert_int_equal(sb_element_type(array.element), SB_REAL);
    assert_int_equal(sb_file_array_parse(&array, "e ushort[2] scratch", "", &file, NULL), 0);
    assert_int_equal(array.fill.rule, SB_FILL_NOTHING);
    assert_int_equal(sb_element_type(array.element), SB_BYTES2);
}

static void test_launch__bad_ones_are_refused_with_a_sentence(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "NAME<<<GRID, BLOCK>>>(ARGUMENTS)"},
        {"f", "NAME<<<GRID, BLOCK>>>(ARGUMENTS)"},
        {"f(a)", "NAME<<<GRID, BLOCK>>>(ARGUMENTS)"},
        {"<<<1, 2>>>(a)", "NAME<<<GRID, BLOCK>>>(ARGUMENTS)"},
        {"f<<<>>>(a)", "a whole number"},
        {"f<<<1>>>(a)", "',' and the block"},
        {"f<<<1, 2>>(a)", "'>>>'"},
        {"f<<<(1, 2, 3, 4), 2>>>(a)", "at most three dimensions"},
        {"f<<<(1, 2), (3>>>(a)", "')'"},
        {"f<<<1, 2, -8>>>(a)", "shared memory"},
        {"f<<<1, 4294967296>>>(a)", "32 bits"},
        {"f<<<1, 2, 0, -1>>>(a)", "an offset is counted in 31 bits"},
        {"f<<<1, 2, 0, (1, 2147483648)>>>(a)", "an offset is counted in 31 bits"},
        {"f<<<1, 2, 0, >>>(a)", "a whole number"},
        {"f<<<1 / 0, 4>>>(a)", "a result below 2^63"},
        {"f<<<9223372036854775807 + 1, 4>>>(a)", "a result below 2^63"},
        {"f<<<((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))), 4>>>(a)",
         "fewer brackets"},
        {"f<<<1, 2>>>", "'(' and the arguments"},
        {"f<<<1, 2>>>(a", "',' or ')'"},
        {"f<<<1, 2>>>(a,)", "a whole number"},
        {"f<<<1, 2>>>(c)", "'c' is no array of this file"},
        {"f<<<1, 2>>>(1.5.2)", "',' or ')'"},
        {"f<<<1, 2>>>(local(0))", "1 byte or more"},
        {"f<<<1, 2>>>(local(4294967296))", "1 byte or more"},
        {"f<<<1, 2>>>(local(8)", "',' or ')'"},
        {"f<<<1, 2>>>(local(8, a)", "')'"},
        {"f<<<1, 2>>>(local)", "'local' is no array of this file"},
        {"f<<<1, 2>>>(a) b", "nothing more"},
        {"f<<<1, 2>>>(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21)",
         "more than 20 arguments"},
        {"f<<<each(1, 2), 3>>>(a)", "'>>>'"},
        {"a_name_that_is_much_longer_than_the_sixty_three_characters_that_one_may_have<<<1, "
         "2>>>(a)",
         "longer than 63"},
    };
    const struct sb_kernel_file file = some_file();
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct sb_launch_spec launch;
        struct sb_error err = {0};
        assert_int_equal(sb_file_launch_parse(&launch, cases[i][0], "--launch", &file, &err),
                         SB_EPARSE);
        if (!strstr(err.text, cases[i][1]) || strncmp(err.text, "--launch: ", 10) != 0) {
            fail_msg("'%s' gave '%s'", cases[i][0], err.text);
        }
    }
}

static void test_launch__grid_block_shared_memory_and_arguments_are_taken(void **state)
{
    (void)state;
    const struct sb_kernel_file file = some_file();
    struct sb_launch_spec launch;
    assert_int_equal(
        sb_file_launch_parse(
            &launch,
            " gemm<8, double> <<<(N + 3) / 4, (8, 4), 8 * N>>> (b, a, -3, 2.5e-1f, N, 1.f);", "",
            &file, NULL),
        0);
    assert_string_equal(launch.function, "gemm<8, double>");
    assert_int_equal(launch.shape.spread, SB_SPREAD_BLOCKS);
    assert_int_equal(launch.shape.dims, 2);
    assert_int_equal(launch.shape.extent[0], 3);
    assert_int_equal(launch.shape.extent[1], 1);
    assert_int_equal(launch.shape.block[1], 4);
    assert_int_equal(launch.shape.shared_bytes, 96);
    assert_int_equal(launch.arg_count, 6);
    assert_int_equal(launch.args[0].kind, SB_ARG_ARRAY);
    assert_int_equal(launch.args[0].integer, 1);
    assert_int_equal(launch.args[2].kind, SB_ARG_INDEX);
    assert_int_equal(launch.args[2].integer, -3);
    assert_true(launch.args[2].real == -3.0);
    assert_int_equal(launch.args[3].kind, SB_ARG_REAL);
    assert_true(launch.args[3].real == 0.25);
    assert_int_equal(launch.args[4].integer, 12);
    assert_true(launch.args[5].real == 1.0 && launch.args[5].integer == 1);
    assert_int_equal(
        sb_file_launch_parse(&launch, "s<<<1, 64>>>(a, local(64 * 8))", "", &file, NULL), 0);
    assert_int_equal(launch.args[1].kind, SB_ARG_LOCAL);
    assert_int_equal(launch.args[1].integer, 512);
    assert_int_equal(
        sb_file_launch_parse(&launch, "s<<<2, (8, 4), 0, (1, 7)>>>(a)", "", &file, NULL), 0);
    assert_int_equal(launch.shape.offset[0], 1);
    assert_int_equal(launch.shape.offset[1], 7);
    assert_int_equal(launch.shape.offset[2], 0);
    assert_int_equal(sb_file_launch_parse(&launch, "s<<<each(64, N)>>>()", "", &file, NULL), 0);
    assert_int_equal(launch.shape.spread, SB_SPREAD_EACH);
    assert_int_equal(launch.shape.dims, 2);
    assert_int_equal(launch.shape.extent[1], 12);
    assert_int_equal(launch.arg_count, 0);
    assert_int_equal(sb_file_launch_parse(&launch, "s<<<0, (64, 64)>>>(a)", "", &file, NULL), 0);
    assert_int_equal(launch.shape.extent[0], 0); /* to be found, not to be refused */
}

static void test_define__name_and_number(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "1",     "A=",  "A=x",
                                      "A=1.5", "A=1 2", "A B", "A=4294967296"};
    struct sb_file_define define;
    for (size_t i = 0; i < COUNT(bad); ++i) {
        assert_int_equal(sb_file_define_parse(&define, bad[i], NULL), SB_EINVAL);
    }
    assert_int_equal(sb_file_define_parse(&define, "RIGHT", NULL), 0);
    assert_int_equal(define.value, 1);
    assert_int_equal(sb_file_define_parse(&define, "N=-7", NULL), 0);
    assert_string_equal(define.name, "N");
    assert_int_equal(define.value, -7);
}

static const char text[] =
    "// one sentence: not for us\n"
    "#ifdef BIG\n"
    "// array: a int[1000] in\n"
    "// launch: f<<<10, 100>>>(a, 1)\n"
    "#else\n"
    "  // launch: f<<<1, 10>>>(a, 2)\r\n"
    "// array: a int[10] in\n"
    "#endif\n"
    "#if SOMETHING\n"
    "// warp: 32\n"
    "#endif\n"
    "__global__ void f(int *a, int n); // launch: not at the beginning of a line\n";

static int read_text(struct sb_kernel_file *out, const char *content, const char *name,
                     struct sb_kernel_file_options *options, struct sb_error *err)
{
    char path[256];
    snprintf(path, sizeof path, "/tmp/test_kernel_file_%ld%s", (long)getpid(), name);
    assert_int_equal(sb_fs_write(path, content, strlen(content), NULL), 0);
    const int code = sb_kernel_file_read(out, path, options, err);
    unlink(path);
    return code;
}

static void test_read__conditionals_choose_among_the_comments(void **state)
{
    (void)state;
    struct sb_kernel_file file;
    struct sb_kernel_file_options options = {0};
    assert_int_equal(read_text(&file, text, ".cu", &options, NULL), 0);
    assert_int_equal(file.array_count, 1);
    assert_int_equal(file.array[0].shape[0], 10);
    assert_int_equal(file.launches.count, 1);
    assert_int_equal(file.launches.spec[0].args[1].integer, 2);
    assert_int_equal(file.warp, 32);
    sb_kernel_file_free(&file);
    assert_int_equal(sb_strings_add(&options.defines, "BIG"), 0);
    assert_int_equal(read_text(&file, text, ".cu", &options, NULL), 0);
    assert_int_equal(file.array[0].shape[0], 1000);
    assert_int_equal(file.launches.spec[0].shape.extent[0], 10);
    sb_kernel_file_free(&file);
    sb_strings_free(&options.defines);
}

static void test_read__the_command_line_goes_before_the_file(void **state)
{
    (void)state;
    struct sb_kernel_file file;
    struct sb_kernel_file_options options = {0};
    assert_int_equal(sb_strings_add(&options.arrays, "a float[5] in"), 0);
    assert_int_equal(sb_strings_add(&options.arrays, "b float[6] out"), 0);
    assert_int_equal(sb_strings_add(&options.launches, "g<<<2, 3>>>(b)"), 0);
    assert_int_equal(read_text(&file, text, ".cl", &options, NULL), 0);
    assert_int_equal(file.array_count, 2);
    assert_int_equal(file.array[0].shape[0], 5);
    assert_int_equal(file.launches.count, 1);
    assert_string_equal(file.launches.spec[0].function, "g");
    sb_kernel_file_free(&file);
    sb_strings_free(&options.arrays);
    sb_strings_free(&options.launches);
}

static void test_read__bad_files_are_refused_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
        int code;
        const char *says;
    } cases[] = {
        {"", ".c", SB_EINVAL, "ends in .cu, .hip, .cl or .dev.c"},
        {"", ".cu", SB_EINVAL, "says of no launch"},
        {"// launch: f<<<1, 1>>>()\n// launch: g<<<1\n", ".hip", SB_EPARSE, ".hip:2: "},
        {"\n// array: a int[2] in\n// array: a int[2] in\n// launch: f<<<1, 1>>>(a)", ".cl",
         SB_EPARSE, ":3: array 'a' is there twice"},
        {"// warp: 33\n", ".dev.c", SB_EPARSE, ":1: a warp has 16, 32 or 64 lanes, not 33"},
        {"#endif\n#else\n// launch: f<<<1, 1>>>(a)", ".cu", SB_EPARSE, ":3: "},
    };
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct sb_kernel_file file;
        struct sb_kernel_file_options options = {0};
        struct sb_error err = {0};
        assert_int_equal(read_text(&file, cases[i].text, cases[i].name, &options, &err),
                         cases[i].code);
        if (!strstr(err.text, cases[i].says)) {
            fail_msg("case %zu gave '%s'", i, err.text);
        }
        sb_kernel_file_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_array__bad_ones_are_refused_with_a_sentence),
        cmocka_unit_test(test_array__shape_role_and_values_are_taken),
        cmocka_unit_test(test_launch__bad_ones_are_refused_with_a_sentence),
        cmocka_unit_test(test_launch__grid_block_shared_memory_and_arguments_are_taken),
        cmocka_unit_test(test_define__name_and_number),
        cmocka_unit_test(test_read__conditionals_choose_among_the_comments),
        cmocka_unit_test(test_read__the_command_line_goes_before_the_file),
        cmocka_unit_test(test_read__bad_files_are_refused_with_file_and_line),
    };
    return cmocka_run_group_tests_name("kernel_file", tests, NULL, NULL);
}
