/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/junit.h"
#include "harness/cli/shown.h"
#include "harness/cli/table.h"
#include "harness/util/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct sb_column columns[] = {
    {"name", "name", false},    {"time_ns", "time", true}, {"hidden", NULL, false},
    {"", "only people", false}, {"empty", "empty", false}, {"good", "good", false},
    {NULL, NULL, false},
};

static void fill(struct sb_table *table)
{
    sb_table_init(table, columns);
    sb_table_text(table, "plain");
    sb_table_number(table, 1500.25, "1.5 µs");
    sb_table_text(table, "secret");
    sb_table_text(table, "±1%");
    sb_table_text(table, NULL);
    sb_table_bool(table, true);
    sb_table_text(table, "a, \"b\"\n\\c\001");
    sb_table_number(table, NAN, "nothing");
    sb_table_none(table);
    sb_table_none(table);
    sb_table_text(table, "");
    sb_table_bool(table, false);
}

static char *print(const struct sb_output *output)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    struct sb_table table;
    assert_non_null(out);
    fill(&table);
    assert_int_equal(sb_table_rows(&table), 2);
    assert_int_equal(sb_table_print(&table, output, out, NULL), SB_OK);
    fclose(out);
    sb_table_free(&table);
    return text;
}

static void test_table__json_is_json_with_numbers_and_nulls(void **state)
{
    (void)state;
    char *text = print(&(struct sb_output){.json = true});
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_array_size(json), 2);
    const json_t *first = json_array_get(json, 0);
    assert_float_equal(json_real_value(json_object_get(first, "time_ns")), 1500.25, 0);
    assert_string_equal(json_string_value(json_object_get(first, "hidden")), "secret");
    assert_true(json_is_null(json_object_get(first, "empty")));
    assert_true(json_is_true(json_object_get(first, "good")));
    assert_int_equal(json_object_size(first), 5);
    const json_t *second = json_array_get(json, 1);
    assert_string_equal(json_string_value(json_object_get(second, "name")), "a, \"b\"\n\\c\001");
    assert_true(json_is_null(json_object_get(second, "time_ns")));
    assert_true(json_is_false(json_object_get(second, "good")));
    json_decref(json);
    free(text);
}

static void test_table__csv_quotes_as_rfc_4180_says(void **state)
{
    (void)state;
    char *text = print(&(struct sb_output){.csv = true});
    assert_string_equal(text, "name,time_ns,hidden,empty,good\r\n"
                              "plain,1500.25,secret,,true\r\n"
                              "\"a, \"\"b\"\"\n\\c\001\",,,,false\r\n");
    free(text);
}

static void test_table__people_see_aligned_columns_and_no_empty_ones(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    struct sb_table table;
    sb_table_init(&table, columns);
    const char *const names[] = {"µ", "long name"};
    for (int i = 0; i < 2; ++i) {
        sb_table_text(&table, names[i]);
        sb_table_number(&table, i ? 12 : 7, NULL);
        sb_table_text(&table, "secret");
        sb_table_none(&table);
        sb_table_none(&table);
        sb_table_bool(&table, i);
    }
    assert_int_equal(sb_table_print(&table, NULL, out, NULL), SB_OK);
    fclose(out);
    sb_table_free(&table);
    assert_string_equal(text, "name       time  good\n"
                              "µ             7  no\n"
                              "long name    12  yes\n");
    free(text);
}

static void test_table__numbers_read_back_as_themselves(void **state)
{
    (void)state;
    static const double values[] = {
        0, 1, -1.5, 0.1, 1.0 / 3, 6052544344732106, 1e300, 5e-324, 123456789.123456789};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i) {
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);
        sb_json_print_number(out, values[i]);
        fclose(out);
        assert_true(strtod(text, NULL) == values[i]);
        free(text);
    }
}

static void test_shown__case_is_the_name_without_its_columns(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"stream/triad@small portable cpu", "triad@small"},
        {"stream/triad@small portable cpu n=1024 #2", "triad@small n=1024 #2"},
        {"my_kernel@tiny portable opencl float", "tiny float"},
        {"odd", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char text[128];
        sb_shown_case(text, sizeof text, cases[i][0]);
        assert_string_equal(text, cases[i][1]);
    }
}

/* The worst check is the one nearest to, or furthest beyond, its bound; NaN is beyond every bound. */
static void test_shown__worst_error_of_a_verdict(void **state)
{
    (void)state;
    static const struct {
        const char *checks;
        const char *shown;
    } cases[] = {
        {"[]", ""},
        {"[{\"worst\": {\"got\": 1, \"expected\": 1, \"bound\": 0, \"ulp\": 0}}]", "exact"},
        {"[{\"worst\": {\"got\": 1.5, \"expected\": 1, \"bound\": 2, \"ulp\": 3}},"
         " {\"got\": 1, \"expected\": 1, \"bound\": 1}]",
         "3 ULP, 25% of bound"},
        {"[{\"worst\": {\"got\": 1.5, \"expected\": 1, \"bound\": 2, \"ulp\": 3}},"
         " {\"got\": 9, \"expected\": 1, \"bound\": 1}]",
         "8 × bound"},
        {"[{\"worst\": {\"got\": \"nan\", \"expected\": 1, \"bound\": 2, \"ulp\": null}}]",
         "beyond any bound"},
        {"[{\"worst\": {\"got\": 1.5, \"expected\": 1, \"bound\": 0, \"ulp\": 7}}]",
         "7 ULP, beyond any bound"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        json_t *record =
            json_pack("{s:{s:o}}", "verdict", "checks", json_loads(cases[i].checks, 0, NULL));
        char text[96];
        const struct sb_worst worst = sb_shown_worst(record);
        sb_shown_error(text, sizeof text, &worst);
        assert_string_equal(text, cases[i].shown);
        json_decref(record);
    }
}

static void test_junit__escapes_and_counts(void **state)
{
    (void)state;
    char path[] = "/tmp/sb_junit_XXXXXX";
    close(mkstemp(path));
    struct sb_junit junit;
    assert_int_equal(sb_junit_begin(&junit, NULL), SB_OK);
    sb_junit_case(&junit, "g", "a<b>&\"c\"\001", 0.5, SB_JUNIT_FAILURE, "line 1\nline 2");
    sb_junit_case(&junit, "g", "fine", 0.25, SB_JUNIT_PASSED, NULL);
    sb_junit_case(&junit, "g", "skip", 0, SB_JUNIT_SKIPPED, "no device");
    assert_int_equal(sb_junit_end(&junit, "s & t", path, NULL), SB_OK);
    char *text = NULL;
    size_t length = 0;
    assert_int_equal(sb_fs_read(&text, &length, path, NULL), SB_OK);
    assert_non_null(strstr(text, "<testsuite name=\"s &amp; t\" tests=\"3\" failures=\"1\" "
                                 "errors=\"0\" skipped=\"1\" time=\"0.750000\">"));
    assert_non_null(strstr(text, "name=\"a&lt;b&gt;&amp;&quot;c&quot;?\""));
    assert_non_null(strstr(text, "<failure message=\"line 1&#10;line 2\"/>"));
    free(text);
    unlink(path);
    assert_int_equal(sb_junit_begin(&junit, NULL), SB_OK);
    assert_int_equal(sb_junit_end(&junit, "s", "/nowhere/at/all.xml", NULL), SB_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table__json_is_json_with_numbers_and_nulls),
        cmocka_unit_test(test_table__csv_quotes_as_rfc_4180_says),
        cmocka_unit_test(test_table__people_see_aligned_columns_and_no_empty_ones),
        cmocka_unit_test(test_table__numbers_read_back_as_themselves),
        cmocka_unit_test(test_shown__case_is_the_name_without_its_columns),
        cmocka_unit_test(test_shown__worst_error_of_a_verdict),
        cmocka_unit_test(test_junit__escapes_and_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
