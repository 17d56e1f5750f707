/* SPDX-License-Identifier: Apache-2.0 */
#include "results/bound/bound.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A device of round numbers. */
#define HEAD                                                                                       \
    "name: T\ntitle: a test\nvendor: none\nsources: {a: A paper}\nfigures:\n"                      \
    "  units: {value: 100, source: a}\n"
#define REST                                                                                       \
    "  warp_threads: {value: 32, source: a}\n"                                                     \
    "  fp64_flop_per_cycle: {value: 10, source: a}\n"                                              \
    "  fp64_flop_per_s: {value: 1e12, source: a}\n"                                                \
    "  fp32_flop_per_cycle: {value: 20, source: a}\n"                                              \
    "  fp32_flop_per_s: {value: 2e12, source: a, note: rounded}\n"                                 \
    "  memory_bytes: {value: 1e9, source: a}\n"                                                    \
    "  memory_bytes_per_s: {value: 1e12, source: a}\n"                                             \
    "  l2_bytes: {value: 1e6, source: a}\n"                                                        \
    "  l1_bytes_per_cycle: {value: 128, source: a}\n"                                              \
    "  sector_bytes: {value: 32, source: a}\n"                                                     \
    "  shared_bytes: {value: 65536, source: a}\n"                                                  \
    "  shared_bytes_per_block: {value: 65536, source: a}\n"                                        \
    "  shared_bytes_per_cycle: {value: 128, source: a}\n"                                          \
    "  threads_per_unit: {value: 2048, source: a}\n"                                               \
    "  threads_per_block: {value: 1024, source: a}\n"                                              \
    "  registers: {value: 65536, source: a}\n"
#define CLOCK "  clock_Hz: {value: 1e9, source: a}\n"

static int parse(struct sb_sheet *out, const char *text, struct sb_error *err)
{
    return sb_sheet_parse(out, text, strlen(text), "t.yaml", err);
}

static void test_bound__every_sheet_of_the_program_is_whole(void **state)
{
    (void)state;
    assert_true(sb_sheet_count() >= 6);
    for (int i = 0; i < sb_sheet_count(); ++i) {
        struct sb_sheet sheet;
        struct sb_error err = {0};
        if (sb_sheet_load(&sheet, sb_sheet_name(i), &err) != 0) {
            print_error("%s\n", err.text);
            fail();
        }
        assert_string_equal(sheet.name, sb_sheet_name(i));
        for (int f = 0; f < SB_FIGURES; ++f) {
            assert_true(isnan(sheet.figure[f]) == (sheet.source[f] == NULL));
        }
        assert_true(sheet.figure[SB_FIGURE_SHARED_BLOCK] <= sheet.figure[SB_FIGURE_SHARED]);
        assert_true(sheet.figure[SB_FIGURE_FP64] <= sheet.figure[SB_FIGURE_FP32]);
        sb_sheet_free(&sheet);
    }
}

static void test_bound__a_sheet_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "t.yaml:1: expected a data sheet, got an empty file"},
        {"- a\n", "t.yaml:1: data sheet: expected a mapping, got a list"},
        {"name: [T]\n", "t.yaml:1: name: expected a text, got a list"},
        {"name: T\n", "expected name, title, vendor, sources and figures"},
        {"nam: T\n", "t.yaml:1: unknown key 'nam'; did you mean 'name'?"},
        {"name: T\nname: U\n", "t.yaml:2: 'name' is given twice"},
        {"name: T\n--- {}\n", "t.yaml:2: expected one document"},
        {"sources: {a: [1]}\n", "t.yaml:1: a: expected a text, got a list"},
        {HEAD CLOCK "  clocks_Hz: {value: 1, source: a}\n",
         "t.yaml:8: unknown key 'clocks_Hz'; did you mean 'clock_Hz'?"},
        {HEAD "  clock_Hz: 1e9\n", "t.yaml:7: clock_Hz: expected {value: NUMBER, source: NAME}"},
        {HEAD "  clock_Hz: {value: 1e9}\n", "t.yaml:7: clock_Hz: expected a value and its source"},
        {HEAD "  clock_Hz: {value: 1e9, from: a}\n", "t.yaml:7: unknown key 'from'"},
        {HEAD "  clock_Hz: {value: fast, source: a}\n", "t.yaml:7: clock_Hz: expected a number"},
        {HEAD "  clock_Hz: {value: nan, source: a}\n", "t.yaml:7: clock_Hz: expected a number"},
        {HEAD "  clock_Hz: {value: 1, source: a}\n", "clock_Hz: 1 is out of bounds: from 1e+08"},
        {HEAD "  clock_Hz: {value: 1e9, source: b}\n", "t.yaml:7: no source is called 'b'"},
        {HEAD CLOCK CLOCK, "t.yaml:8: 'clock_Hz' is given twice"},
        {HEAD REST, "figures: 'clock_Hz' is missing (highest clock)"},
        {HEAD "  clock_Hz: {value: 2e9, source: a}\n" REST,
         "fp64_flop_per_s is 1e+12, but units × clock_Hz × fp64_flop_per_cycle is 2e+12"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_sheet sheet;
        struct sb_error err = {0};
        assert_int_equal(parse(&sheet, cases[i].text, &err), SB_EPARSE);
        if (!strstr(err.text, cases[i].says)) {
            print_error("%zu: %s\n", i, err.text);
            fail();
        }
    }
    struct sb_sheet sheet;
    struct sb_error err = {0};
    static const char uncited[] =
        "name: T\ntitle: t\nvendor: n\nsources:\n  a: A\n  b: B\nfigures:\n"
        "  units: {value: 100, source: a}\n" CLOCK REST;
    assert_int_equal(parse(&sheet, uncited, &err), SB_EPARSE);
    assert_non_null(strstr(err.text, "t.yaml:6: no figure cites source 'b'"));
}

static void test_bound__names_and_files(void **state)
{
    (void)state;
    struct sb_sheet sheet;
    struct sb_error err = {0};
    assert_int_equal(sb_sheet_load(&sheet, "H20O", &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "did you mean 'H200'?"));
    assert_int_equal(sb_sheet_load(&sheet, "quite another", &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "one of H100, H200, L40S, MI250X, MI300A, MI300X"));
    assert_int_equal(sb_sheet_load(&sheet, "./nowhere.yaml", &err), SB_ENOTFOUND);
    assert_int_equal(sb_sheet_load(&sheet, "nowhere.yaml", &err), SB_ENOTFOUND);
    assert_int_equal(sb_sheet_load(&sheet, "../results/bound/sheets/L40S.yaml", &err), 0);
    assert_string_equal(sheet.name, "L40S");
    sb_sheet_free(&sheet);
}

static void expect(const char *json, enum sb_limit binds, double time_ns, const char *more)
{
    struct sb_sheet sheet;
    struct sb_bound bound;
    struct sb_launch_counts counts;
    struct sb_error err = {0};
    char text[4096];
    snprintf(text, sizeof text, "%s%s", HEAD CLOCK REST, more);
    assert_int_equal(parse(&sheet, text, &err), 0);
    json_t *launch = json_loads(json, 0, NULL);
    assert_non_null(launch);
    assert_int_equal(sb_launch_counts_read(&counts, launch, &sheet, &err), 0);
    sb_bound_of(&bound, &sheet, &counts);
    if (bound.binds != binds || fabs(bound.time_ns[binds] - time_ns) > 1e-9 * time_ns) {
        print_error("%s: %s %g\n", json, sb_limit_names[bound.binds], bound.time_ns[bound.binds]);
        fail();
    }
    json_decref(launch);
    sb_sheet_free(&sheet);
}

static void test_bound__the_largest_limit_binds(void **state)
{
    (void)state;
    /* 1 TB/s: 3000 bytes take 3 ns */
    expect("{\"blocks\": 100, \"read_bytes\": 2000, \"write_bytes\": 1000, \"total\": {\"warp32\": "
           "{}}}",
           SB_LIMIT_MEMORY, 3, "");
    /* 100 units × 1e9 × 128 bytes */
    expect("{\"blocks\": 100, \"total\": {\"warp32\": {\"load\": {\"least_bytes\": 9600}, "
           "\"store\": {\"least_bytes\": 3200}}}}",
           SB_LIMIT_L1, 1, "");
    /* a quarter of the blocks was counted */
    expect("{\"blocks\": 100, \"counted_blocks\": 25, \"total\": {\"warp32\": {\"load\": "
           "{\"least_bytes\": 3200}}}}",
           SB_LIMIT_L1, 1, "");
    /* one block uses one unit */
    expect("{\"blocks\": 1, \"total\": {\"warp32\": {\"shared_load\": {\"least_bytes\": 4096}}}}",
           SB_LIMIT_SHARED, 32, "");
    /* 500 fused per nanosecond; 300 additions fuse into 400 multiplications */
    expect("{\"blocks\": 1000, \"total\": {\"flop\": {\"fp64\": {\"add\": 300, \"mul\": 400, "
           "\"fma\": 90, "
           "\"div\": 5, \"sqrt\": 4, \"special\": 1}}, \"warp32\": {}}}",
           SB_LIMIT_FP64, 1, "");
    expect("{\"blocks\": 1000, \"total\": {\"flop\": {\"fp32\": {\"add\": 1000}}, \"warp32\": {}}}",
           SB_LIMIT_FP32, 1, "");
    static const char more[] = "  atomics_per_cycle: {value: 1, source: a}\n"
                               "  launch_ns: {value: 1000, source: a}\n";
    expect("{\"blocks\": 1000, \"hottest\": {\"warp32\": 5000}, \"total\": {\"warp32\": {}}}",
           SB_LIMIT_ATOMICS, 5000, more);
    expect("{\"blocks\": 1000, \"launches\": 7, \"hottest\": {\"warp32\": 5000}, \"total\": "
           "{\"warp32\": {}}}",
           SB_LIMIT_LAUNCH, 7000, more);
    /* what the sheet does not say cannot bind */
    expect("{\"blocks\": 100, \"read_bytes\": 1000, \"hottest\": {\"warp32\": 1e9}, \"total\": "
           "{\"warp32\": {}}}",
           SB_LIMIT_MEMORY, 1, "");
}

static void test_bound__counts_of_another_warp_size_do_not_serve(void **state)
{
    (void)state;
    struct sb_sheet sheet;
    struct sb_launch_counts counts;
    struct sb_error err = {0};
    json_t *launch = json_loads("{\"total\": {\"warp32\": {}}}", 0, NULL);
    assert_int_equal(sb_sheet_load(&sheet, "MI300X", &err), 0);
    assert_int_equal(sb_launch_counts_read(&counts, launch, &sheet, &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "MI300X has warps of 64 threads"));
    json_decref(launch);
    sb_sheet_free(&sheet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound__every_sheet_of_the_program_is_whole),
        cmocka_unit_test(test_bound__a_sheet_is_refused_with_its_line),
        cmocka_unit_test(test_bound__names_and_files),
        cmocka_unit_test(test_bound__the_largest_limit_binds),
        cmocka_unit_test(test_bound__counts_of_another_warp_size_do_not_serve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
