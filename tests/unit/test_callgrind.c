/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/caches.h"
#include "harness/run/counting/callgrind_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                                       \
    "# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\ncmd:  ./a\npart: 1\n\n"            \
    "desc: D1 cache: 49152 B, 64 B, 12-way associative\n\npositions: line\n"

static const struct {
    const char *text, *fault; /* NULL: none */
} cases[] = {
    {"", "ends without events"},
    {HEAD "events: Ir Dr\n", "ends without events or their sum"},
    {HEAD "events:\nsummary: 1\n", "line 10: no events"},
    {HEAD "events: Ir\nsummary: 1 2\n", "line 11: no costs of the events told"},
    {HEAD "events: Ir\nsummary: x\n", "no costs of the events told"},
    {HEAD "events: Ir\nsummary: -1\n", "no costs of the events told"},
    {HEAD "events: AVeryLongNameOfAnEvent\n", "longer names"},
    {HEAD "events: Ir\nsummary: 5\n12 5\n", "line 12: costs of no object file"},
    {HEAD "events: Ir\nsummary: 5\nob=(1) /a\n12 5\n", "compressed names"},
    {HEAD "events: Ir\nsummary: 5\nob=/a\nfn=f\n12 4\n", "adds up to 4, and it says 5"},
    {HEAD "events: Ir\nsummary: 5\nob=/a\nsomething\n", "neither costs nor a heading"},
    {HEAD "events: Ir\nsummary: 5\nob=/a\nfn=f\n12 5\n", NULL},
    {HEAD "events: Ir\nob=/a\nfn=f\n12 5\n+1 2\n* 3\n\ntotals: 10\n", NULL},
};

static void test_callgrind__what_is_no_file_of_it_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_callgrind costs;
        struct sb_error err = {0};
        const int code = sb_callgrind_parse(&costs, cases[i].text, strlen(cases[i].text), &err);
        assert_int_equal(code, cases[i].fault ? SB_EPARSE : 0);
        if (cases[i].fault && !strstr(err.text, cases[i].fault)) {
            fail_msg("'%s' does not say '%s'", err.text, cases[i].fault);
        }
        sb_callgrind_free(&costs);
    }
}

/* From a real file: a kernel that calls another library; what a call costs is counted where it went. */
static void test_callgrind__costs_are_summed_by_object_without_calls(void **state)
{
    (void)state;
    static const char text[] = HEAD "events: Ir Dr Dw\n"
                                    "summary: 160 22 11\n\n"
                                    "ob=/lib/libm.so.6\nfl=e.c\nfn=exp\n31 20 0 10\n"
                                    "cfi=m.h\ncfn=inner\ncalls=10 67 \n32 110 20\n32 20\n\n"
                                    "ob=/kernel.so\nfl=???\nfn=k\n0 16 1 1\n"
                                    "cob=/lib/libm.so.6\ncfn=exp\ncalls=1 31 \n0 27 7 2\n0 4 1\n\n"
                                    "ob=/lib/libm.so.6\nfl=e.c\nfn=inner\n67 100 20\n";
    struct sb_callgrind costs;
    struct sb_error err = {0};
    assert_int_equal(sb_callgrind_parse(&costs, text, sizeof text - 1, &err), 0);
    assert_int_equal(costs.objects, 2);
    assert_string_equal(costs.object[0].path, "/lib/libm.so.6");
    assert_int_equal(costs.object[0].cost[0], 140);
    assert_string_equal(costs.object[1].path, "/kernel.so");
    assert_int_equal(costs.object[1].cost[sb_callgrind_event(&costs, "Ir")], 20);
    assert_int_equal(costs.object[1].cost[sb_callgrind_event(&costs, "Dw")], 1);
    assert_int_equal(sb_callgrind_event(&costs, "Bc"), -1);
    sb_callgrind_free(&costs);
}

static void test_caches__have_a_power_of_two_of_sets(void **state)
{
    (void)state;
    static const struct {
        struct sb_cache_shape given;
        long long bytes;
        int changed;
    } caches[] = {
        {{49152, 12, 64}, 49152, 0},         {{33554432, 16, 64}, 33554432, 0},
        {{14417920, 11, 64}, 11534336, 1}, /* 20,480 sets: ten slices of 1.375 MiB */
        {{100663296, 12, 64}, 100663296, 0}, {{64, 1, 64}, 64, 0},
    };
    for (size_t i = 0; i < sizeof caches / sizeof *caches; ++i) {
        struct sb_cache_shape shape = caches[i].given;
        assert_int_equal(sb_cache_fit(&shape), caches[i].changed);
        assert_int_equal(shape.bytes, caches[i].bytes);
        const long long sets = shape.bytes / shape.ways / shape.line_bytes;
        assert_int_equal(sets & (sets - 1), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_callgrind__what_is_no_file_of_it_is_refused),
        cmocka_unit_test(test_callgrind__costs_are_summed_by_object_without_calls),
        cmocka_unit_test(test_caches__have_a_power_of_two_of_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
