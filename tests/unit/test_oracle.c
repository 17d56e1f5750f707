/* SPDX-License-Identifier: Apache-2.0 */
/* The porting oracle's pure parts: comparing arrays, and from evidence to a sentence. */
#include "harness/oracle/compare.h"
#include "harness/oracle/decide.h"
#include "harness/oracle/finding.h"
#include "harness/verify/verdict.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_verdict_ulps__distances_are_of_the_trusted_value(void **state)
{
    (void)state;
    static const struct {
        enum sb_precision precision;
        double got, trusted, ulp;
    } cases[] = {
        {SB_DOUBLE, NAN, 1, INFINITY},
        {SB_DOUBLE, 1, NAN, INFINITY},
        {SB_DOUBLE, INFINITY, 1, INFINITY},
        {SB_DOUBLE, INFINITY, INFINITY, 0},
        {SB_DOUBLE, 1 + DBL_EPSILON, 1, 1},
        {SB_DOUBLE, 1, 1 + DBL_EPSILON, 1},
        {SB_DOUBLE, 1 - DBL_EPSILON / 2, 1, 0.5}, /* below a power of two the grid is finer */
        {SB_DOUBLE, -2, 2, 4 / (2 * DBL_EPSILON)},
        {SB_DOUBLE, 0x1p-1074, 0, 1},
        {SB_DOUBLE, 0, -0.0, 0},
        {SB_FLOAT, 1 + 3 * (double)FLT_EPSILON, 1, 3},
        {SB_FLOAT, 0x1p-149, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const double ulp = sb_verdict_ulps(cases[i].precision, cases[i].got, cases[i].trusted);
        if (!(ulp == cases[i].ulp)) {
            fail_msg("row %zu: %g ULP, expected %g", i, ulp, cases[i].ulp);
        }
    }
}

static struct sb_host *fill(struct sb_host *host, double *reals, int32_t *integers, double *scratch)
{
    *host = (struct sb_host){.count = 3};
    host->array[0] = (struct sb_array){"u", SB_REAL, SB_OUT, 2, {2, 3}};
    host->array[1] = (struct sb_array){"k", SB_INT32, SB_INOUT, 1, {2}};
    host->array[2] = (struct sb_array){"s", SB_REAL, SB_SCRATCH, 1, {2}};
    host->data[0] = reals;
    host->data[1] = integers;
    host->data[2] = scratch;
    return host;
}

static void test_compare__bits_count_and_nan_equals_nan(void **state)
{
    (void)state;
    double u[6] = {1, NAN, 3, 4, 0.0, 6}, v[6] = {1, -NAN, 3, 4 + 8 * DBL_EPSILON, -0.0, 60};
    int32_t k[2] = {1, 2}, l[2] = {1, -5};
    double s[2] = {1, 2}, t[2] = {1, 3};
    struct sb_host got, trusted;
    fill(&got, u, k, s);
    fill(&trusted, v, l, t);
    struct sb_difference d;
    char name[64];
    sb_compare_array(&d, &got, &trusted, 0, SB_DOUBLE);
    assert_int_equal(d.differ, 3); /* 4, the sign of zero, 6 */
    assert_int_equal(d.first, 3);
    assert_true(d.first_ulp == 2);
    assert_int_equal(d.worst, 5);
    sb_compare_name(name, sizeof name, d.array, d.worst);
    assert_string_equal(name, "u[1][2]");
    sb_compare_array(&d, &got, &trusted, 1, SB_DOUBLE);
    assert_int_equal(d.differ, 1);
    assert_true(d.ulp == 7); /* integers: the distance itself */
    double ulp = 0;
    assert_false(sb_compare_results(&ulp, &got, &trusted, SB_DOUBLE));
    assert_true(sb_compare_first(&d, &got, &trusted, SB_DOUBLE));
    assert_string_equal(d.array->name, "u");
}

static void test_compare__scratch_is_no_result_but_the_bisection_sees_it(void **state)
{
    (void)state;
    double u[6] = {0}, s[2] = {1, 2}, t[2] = {1, 3};
    int32_t k[2] = {0};
    struct sb_host got, trusted;
    fill(&got, u, k, s);
    fill(&trusted, u, k, t);
    struct sb_difference d;
    double ulp = -1;
    assert_true(sb_compare_results(&ulp, &got, &trusted, SB_DOUBLE));
    assert_true(ulp == 0);
    assert_true(sb_compare_first(&d, &got, &trusted, SB_DOUBLE));
    assert_string_equal(d.array->name, "s");
    assert_int_equal(d.first, 1);
}

static void test_compare__arrays_are_found_by_name_and_shape(void **state)
{
    (void)state;
    double u[6] = {0}, s[2] = {0};
    int32_t k[2] = {0};
    struct sb_host got, trusted;
    fill(&got, u, k, s);
    fill(&trusted, u, k, s);
    trusted.array[0].shape[1] = 2;
    assert_int_equal(sb_compare_find(&trusted, &got.array[0]), -1);
    assert_int_equal(sb_compare_find(&trusted, &got.array[2]), 2);
    trusted.array[2].type = SB_INT64;
    assert_int_equal(sb_compare_find(&trusted, &got.array[2]), -1);
}

/* One experiment's outcome: "x result changed text kind". */
struct shown {
    enum sb_experiment x;
    struct sb_tried tried;
};
#define CURED(x, how) {SB_TRY_##x, {.result = (how), .changed = true, .ulp = 0.5}}
#define STILL(x)                                                                                   \
    {                                                                                              \
        SB_TRY_##x,                                                                                \
        {                                                                                          \
            .result = SB_WRONG                                                                     \
        }                                                                                          \
    }
#define OTHER(x, words)                                                                            \
    {                                                                                              \
        SB_TRY_##x,                                                                                \
        {                                                                                          \
            .result = SB_WRONG, .changed = true, .text = words                                     \
        }                                                                                          \
    }
#define NONE                                                                                       \
    {                                                                                              \
        SB_EXPERIMENTS,                                                                            \
        {                                                                                          \
            .result = SB_UNTRIED                                                                   \
        }                                                                                          \
    }

static const struct {
    const char *what;
    struct sb_evidence base;
    struct shown shown[8];
    const char *kind, *text; /* the sentence begins so */
    bool decided;            /* nothing more need be tried */
} decisions[] = {
    {"nothing was tried",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {NONE},
     "unknown",
     "not explained. Tried:",
     false},
    {"nothing helps: what was tried is told, what was impossible is not",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {STILL(STRICT), {SB_TRY_CHECKED, {.result = SB_IMPOSSIBLE}}, STILL(UNOPTIMISED), NONE},
     "unknown",
     "not explained. Tried: strict maths (wrong), without optimisation (wrong)",
     false},
    {"a right cell needs no cause, whatever experiments do",
     {.cell = SB_WITHIN, .trusted = SB_SAME},
     {CURED(STRICT, SB_SAME), CURED(NO_CONTRACT, SB_SAME), CURED(UNOPTIMISED, SB_SAME), NONE},
     "unknown",
     "not explained",
     false},
    {"the twin's finding comes first",
     {.cell = SB_WRONG,
      .trusted = SB_SAME,
      .finding = "race: lines 14 and 19",
      .finding_kind = "race"},
     {CURED(STRICT, SB_SAME), OTHER(POISON, "z[0] is never written"), NONE},
     "race",
     "race: lines 14 and 19",
     true},
    {"a checked build's finding",
     {.cell = SB_WRONG, .trusted = SB_WRONG},
     {{SB_TRY_CHECKED,
       {.result = SB_WRONG, .kind = "out_of_bounds", .text = "reads before the beginning of 'u'"}},
      NONE},
     "out_of_bounds",
     "reads before the beginning of 'u'",
     true},
    {"a crash waits for the checked build, which knows more",
     {.cell = SB_CRASHED, .trusted = SB_SAME, .out_of_bounds = true, .reason = "beyond 'x'"},
     {NONE},
     "out_of_bounds",
     "out of bounds: beyond 'x'",
     false},
    {"a crash that the checked build does not see",
     {.cell = SB_CRASHED, .trusted = SB_SAME, .out_of_bounds = true, .reason = "beyond 'x'"},
     {STILL(CHECKED), NONE},
     "out_of_bounds",
     "out of bounds: beyond 'x'",
     true},
    {"the result follows the poison",
     {.cell = SB_WRONG, .trusted = SB_WRONG, .same_as_trusted = true},
     {STILL(CHECKED), OTHER(POISON, "z[3] is never written"), NONE},
     "uninitialised",
     "uninitialised: z[3] is never written",
     true},
    {"the result follows the bytes beside an array",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {STILL(POISON), OTHER(BESIDE, "reads beyond the end of 'u'"), NONE},
     "out_of_bounds",
     "out of bounds: reads beyond the end of 'u'",
     true},
    {"local variables",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {OTHER(AUTO, "z[1]"), NONE},
     "uninitialised",
     "uninitialised: the result follows what SHARED or local variables held",
     true},
    {"the source is wrong on both sides, once its memory is known to be used well",
     {.cell = SB_WRONG, .trusted = SB_WRONG, .same_as_trusted = true},
     {STILL(CHECKED), STILL(POISON), STILL(BESIDE), STILL(AUTO), NONE},
     "source",
     "the source: the trusted side computes the same wrong values",
     true},
    {"the source: not before that is known",
     {.cell = SB_WRONG, .trusted = SB_WRONG, .same_as_trusted = true},
     {STILL(CHECKED), NONE},
     "source",
     "the source: the trusted side computes the same",
     false},
    {"contraction says more than rounding",
     {.cell = SB_WRONG, .trusted = SB_SAME, .no_contract = "-ffp-contract=off"},
     {CURED(STRICT, SB_SAME), CURED(NO_CONTRACT, SB_SAME), NONE},
     "contraction",
     "contraction: gone with -ffp-contract=off (the same bits)",
     true},
    {"denormals say more than rounding",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {CURED(STRICT, SB_SAME), STILL(NO_CONTRACT), CURED(KEEP_DENORMALS, SB_WITHIN), NONE},
     "denormals",
     "denormals: gone when subnormal numbers are kept instead of being taken for zero "
     "(within 0.5 ULP)",
     true},
    {"rounding, once contraction and denormals are out",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {CURED(STRICT, SB_WITHIN), STILL(NO_CONTRACT), STILL(KEEP_DENORMALS), NONE},
     "rounding",
     "rounding: agrees in strict mode (within 0.5 ULP)",
     true},
    {"rounding waits for them",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {CURED(STRICT, SB_SAME), STILL(NO_CONTRACT), NONE},
     "rounding",
     "rounding: agrees",
     false},
    {"two runs that differ: being right once proves nothing",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {CURED(STRICT, SB_SAME), OTHER(AGAIN, ""), CURED(NO_CONTRACT, SB_SAME),
      CURED(KEEP_DENORMALS, SB_SAME), CURED(UNOPTIMISED, SB_SAME), NONE},
     "race",
     "race, or unordered sums: two runs of the same code on the same inputs differ",
     false},
    {"a missing barrier",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {STILL(STRICT), STILL(AGAIN), CURED(BARRIERS, SB_SAME), NONE},
     "race",
     "race: a missing barrier",
     true},
    {"blocks in a row",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {STILL(STRICT), STILL(BARRIERS), CURED(SEQUENTIAL, SB_SAME), NONE},
     "race",
     "race: gone when blocks run one after the other",
     true},
    {"blocks in a row, of runs that differ",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {OTHER(AGAIN, ""), STILL(BARRIERS), CURED(SEQUENTIAL, SB_SAME), NONE},
     "race",
     "race: two runs of the same code differ; gone when blocks run one after",
     true},
    {"the order counts",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {STILL(STRICT), STILL(BARRIERS), STILL(SEQUENTIAL), OTHER(REVERSED, ""), NONE},
     "order",
     "order: reversed blocks change the result, so",
     true},
    {"the optimiser, with a clean checked build",
     {.cell = SB_WRONG, .trusted = SB_SAME, .unoptimised = "-O0"},
     {STILL(STRICT), STILL(CHECKED), CURED(UNOPTIMISED, SB_SAME), NONE},
     "compiler",
     "compiler: gone at -O0; the checked build found no undefined behaviour",
     true},
    {"the optimiser, without one: no claim about undefined behaviour",
     {.cell = SB_WRONG, .trusted = SB_SAME, .unoptimised = "-cl-opt-disable"},
     {STILL(STRICT),
      {SB_TRY_CHECKED, {.result = SB_IMPOSSIBLE}},
      CURED(UNOPTIMISED, SB_SAME),
      NONE},
     "compiler",
     "compiler: gone at -cl-opt-disable",
     true},
    {"the instruction set",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {STILL(STRICT),
      STILL(UNOPTIMISED),
      {SB_TRY_TARGET, {.result = SB_SAME, .text = "x86-64"}},
      NONE},
     "instructions",
     "instruction set: gone with target x86-64",
     true},
    {"other inputs are no cause",
     {.cell = SB_WRONG, .trusted = SB_SAME},
     {CURED(SEED, SB_SAME), NONE},
     "unknown",
     "not explained",
     false},
};

static void test_decide__each_proof_has_its_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; ++i) {
        struct sb_evidence e = decisions[i].base;
        struct sb_cause cause;
        for (int k = 0; k < 8 && decisions[i].shown[k].x != SB_EXPERIMENTS; ++k) {
            e.tried[decisions[i].shown[k].x] = decisions[i].shown[k].tried;
        }
        sb_decide(&cause, &e);
        if (strcmp(cause.kind, decisions[i].kind) != 0 ||
            strncmp(cause.text, decisions[i].text, strlen(decisions[i].text)) != 0) {
            fail_msg("%s: got %s, \"%s\"", decisions[i].what, cause.kind, cause.text);
        }
        if (sb_decided(&e) != decisions[i].decided) {
            fail_msg("%s: decided is %d", decisions[i].what, !decisions[i].decided);
        }
    }
}

static void test_finding__a_race_comes_before_what_follows_from_it(void **state)
{
    (void)state;
#define EARLY "{\"kind\": \"uninitialised\", \"text\": \"reads a\", \"array\": \"a\"}"
#define RACE(array, second)                                                                        \
    "{\"kind\": \"race\", \"text\": \"race on a\", \"array\": \"" array                            \
    "\", \"memory\": \"shared\","                                                                  \
    " \"first\": {\"file\": \"/k/a.dev.c\", \"line\": 19}, \"second\": " second "}"
    static const struct {
        const char *findings, *kind, *text;
    } cases[] = {
        {"null", "", ""},
        {"[]", "", ""},
        {"[{\"text\": \"no kind\"}]", "", "no kind"},
        {"[" EARLY "]", "uninitialised", "reads a"},
        {"[" EARLY ", " RACE("b", "{\"line\": 14}") "]", "uninitialised", "reads a"},
        {"[" EARLY ", " RACE("a", "{\"line\": 14}") "]", "race",
         "race: lines 14 and 19 of a.dev.c, on shared 'a'"},
        {"[" RACE("a", "{\"line\": 19}") "]", "race", "race: line 19 of a.dev.c, on shared 'a'"},
        {"[" RACE("a", "null") "]", "race", "race on a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char kind[32];
        char text[200];
        json_t *findings = json_loads(cases[i].findings, JSON_DECODE_ANY, NULL);
        assert_non_null(findings);
        sb_finding_choose(kind, sizeof kind, text, sizeof text, findings);
        json_decref(findings);
        assert_string_equal(kind, cases[i].kind);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdict_ulps__distances_are_of_the_trusted_value),
        cmocka_unit_test(test_compare__bits_count_and_nan_equals_nan),
        cmocka_unit_test(test_compare__scratch_is_no_result_but_the_bisection_sees_it),
        cmocka_unit_test(test_compare__arrays_are_found_by_name_and_shape),
        cmocka_unit_test(test_finding__a_race_comes_before_what_follows_from_it),
        cmocka_unit_test(test_decide__each_proof_has_its_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
