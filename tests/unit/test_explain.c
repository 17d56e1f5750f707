/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/json.h"
#include "results/explain/explain.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *metric(double value, const char *tags, const char *of)
{
    return json_pack("{s:f,s:s,s:s*}", "value", value, "tags", tags, "of", of);
}

/* A record whose time is instructions / (ipc × clock × cpus). */
static json_t *record(double instructions, double ipc, double clock, double cpus, const char *of)
{
    json_t *metrics = json_object();
    json_object_set_new(metrics, "instructions", metric(instructions, "retired thread", of));
    json_object_set_new(metrics, "ipc", metric(ipc, "retired thread", of));
    json_object_set_new(metrics, "clock_Hz", metric(clock, "thread", NULL));
    json_object_set_new(metrics, "cpus_used", metric(cpus, "exact thread", NULL));
    return json_pack("{s:s,s:s,s:{s:f},s:{s:o},s:{s:s,s:s,s:s}}", "name", "k", "backend", "cpu",
                     "timing", "median_ns", instructions / (ipc * clock * cpus) * 1e9, "counters",
                     "metrics", metrics, "build", "compiler", "gcc 12", "flags", "-O3 -mavx2",
                     "key", "aa");
}

static json_t *explain(json_t *a, json_t *b, const char *outcome)
{
    json_t *told = NULL;
    const double ratio =
        sb_json_real_or(b, "timing.median_ns", NAN) / sb_json_real_or(a, "timing.median_ns", NAN);
    const struct sb_explain_ratio given = {.ratio = ratio,
                                           .low = ratio * 0.99,
                                           .high = ratio * 1.01,
                                           .outcome = outcome,
                                           .reason = ""};
    assert_int_equal(sb_explain(&told, a, b, &given, NULL), 0);
    json_decref(a);
    json_decref(b);
    return told;
}

static bool says(const json_t *told, const char *text)
{
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach (json_object_get(told, "answer"), i, row) {
        if (strstr(json_string_value(row), text)) {
            return true;
        }
    }
    return false;
}

static double share(const json_t *told, const char *name)
{
    size_t i = 0;
    const json_t *row = NULL;
    const json_t *product = json_array_get(json_object_get(told, "products"), 0);
    json_array_foreach (json_object_get(product, "factors"), i, row) {
        if (strcmp(sb_json_text_or(row, "name", ""), name) == 0) {
            return sb_json_real_or(row, "share", NAN);
        }
    }
    return NAN;
}

static void test_explain__the_parts_are_those_that_were_put_in(void **state)
{
    (void)state; /* twice the instructions, half of it won back by the clock's half … */
    json_t *told =
        explain(record(1e9, 2, 3e9, 2, "x86_64"), record(4e9, 2, 6e9, 2, "x86_64"), "slower");
    assert_float_equal(share(told, "instructions"), 2, 1e-9);
    assert_float_equal(share(told, "clock_Hz"), -1, 1e-9);
    assert_float_equal(share(told, "ipc"), 0, 1e-9);
    const json_t *product = json_array_get(json_object_get(told, "products"), 0);
    assert_float_equal(sb_json_real_or(product, "unexplained", 1), 0, 1e-9);
    assert_true(says(told, "B executes more instructions (× 4), which accounts for 200 %"));
    assert_true(says(told, "B runs at a higher clock (× 2), which accounts for -100 %"));
    assert_true(says(told, "ipc is the same"));
    json_decref(told);
}

static void test_explain__counters_that_do_not_fit_the_time_are_not_relied_upon(void **state)
{
    (void)state;
    json_t *b = record(2e9, 2, 3e9, 2, "x86_64");
    json_object_set_new(json_object_get(b, "timing"), "median_ns", json_real(1e9));
    json_t *told = explain(record(1e9, 2, 3e9, 2, "x86_64"), b, "slower");
    assert_true(says(told, "of the difference unexplained"));
    json_decref(told);
}

static void test_explain__unlike_counts_give_a_reason_and_no_share(void **state)
{
    (void)state;
    json_t *told =
        explain(record(1e9, 2, 3e9, 2, "x86_64"), record(2e9, 2, 3e9, 2, "aarch64"), "slower");
    assert_int_equal(json_array_size(json_object_get(told, "products")), 0);
    assert_true(says(told, "instructions: not comparable, because"));
    json_decref(told);
}

static void test_explain__instructions_alone_still_say_something(void **state)
{
    (void)state;
    json_t *a = record(1e9, 2, 3e9, 2, "x86_64");
    json_t *b = record(2e9, 2, 3e9, 2, "x86_64");
    json_object_del(json_object_get(json_object_get(a, "counters"), "metrics"), "clock_Hz");
    json_object_set_new(
        json_object_get(json_object_get(json_object_get(a, "counters"), "metrics"), "instructions"),
        "source", json_string("callgrind"));
    json_object_set_new(
        json_object_get(a, "counters"), "sources",
        json_pack("[{s:s,s:s}]", "source", "callgrind", "note", "code for x86-64-v3"));
    json_t *told = explain(a, b, "slower");
    assert_true(says(told, "counts of callgrind are not of the very repetitions that were timed: "
                           "code for x86-64-v3."));
    const json_t *product = json_array_get(json_object_get(told, "products"), 0);
    assert_string_equal(sb_json_text_or(product, "what", ""), "executed");
    assert_float_equal(share(told, "instructions"), 1, 1e-9);
    assert_float_equal(share(told, "instruction_rate"), 0, 1e-9);
    json_decref(told);
}

static void test_explain__without_counters_it_says_so(void **state)
{
    (void)state;
    json_t *a = record(1e9, 2, 3e9, 2, NULL);
    json_t *b = record(2e9, 2, 3e9, 2, NULL);
    json_object_del(a, "counters");
    json_t *told = explain(a, b, "slower");
    assert_true(says(told, "run both with --counters auto"));
    assert_true(says(told, "the state of the machine is left"));
    json_decref(told);
}

static void test_explain__the_only_difference_is_named_and_what_follows_does_not_count(void **state)
{
    (void)state;
    json_t *b = record(2e9, 2, 3e9, 2, "x86_64");
    json_t *build = json_object_get(b, "build");
    json_object_set_new(build, "flags", json_string("-O3 -mavx512f"));
    json_object_set_new(build, "key", json_string("bb"));
    json_t *told = explain(record(1e9, 2, 3e9, 2, "x86_64"), b, "slower");
    assert_true(says(told, "flags is the only thing that differs"));
    const json_t *fact = json_array_get(json_object_get(told, "facts"), 0);
    assert_string_equal(sb_json_text_or(fact, "sentence", ""),
                        "flags: A alone has -mavx2, B alone has -mavx512f");
    json_decref(told);
}

static void test_explain__several_differences_are_not_shared_out(void **state)
{
    (void)state;
    json_t *b = record(2e9, 2, 3e9, 2, "x86_64");
    json_object_set_new(b, "maths", json_string("strict"));
    json_object_set_new(b, "node", json_pack("{s:s}", "governor", "powersave"));
    json_t *told = explain(record(1e9, 2, 3e9, 2, "x86_64"), b, "slower");
    assert_true(says(told, "2 things differ (maths first)"));
    assert_true(says(told, "cannot be told from these two records"));
    json_decref(told);
}

static void test_explain__no_difference_needs_no_cause(void **state)
{
    (void)state;
    json_t *told =
        explain(record(1e9, 2, 3e9, 2, "x86_64"), record(1.001e9, 2, 3e9, 2, "x86_64"), "same");
    assert_true(says(told, "no difference in time to explain"));
    assert_false(says(told, "accounts for"));
    json_decref(told);
}

static void test_explain__one_disturbed_side_is_told_first(void **state)
{
    (void)state;
    json_t *b = record(2e9, 2, 3e9, 2, "x86_64");
    json_object_set_new(json_object_get(b, "timing"), "steady",
                        json_pack("{s:i,s:i}", "watched_turns", 10, "disturbed_turns", 8));
    json_t *told = explain(record(1e9, 2, 3e9, 2, "x86_64"), b, "slower");
    assert_true(says(told, "disturbances is the only thing that differs"));
    json_decref(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explain__the_parts_are_those_that_were_put_in),
        cmocka_unit_test(test_explain__counters_that_do_not_fit_the_time_are_not_relied_upon),
        cmocka_unit_test(test_explain__unlike_counts_give_a_reason_and_no_share),
        cmocka_unit_test(test_explain__instructions_alone_still_say_something),
        cmocka_unit_test(test_explain__without_counters_it_says_so),
        cmocka_unit_test(
            test_explain__the_only_difference_is_named_and_what_follows_does_not_count),
        cmocka_unit_test(test_explain__several_differences_are_not_shared_out),
        cmocka_unit_test(test_explain__no_difference_needs_no_cause),
        cmocka_unit_test(test_explain__one_disturbed_side_is_told_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
