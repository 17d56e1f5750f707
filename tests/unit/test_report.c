/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/fs.h"
#include "results/report/html.h"
#include "results/report/plots.h"
#include "results/report/report.h"
#include "results/report/view.h"

#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char campaign[] = SB_SOURCE_DIR "/tests/report/campaign";

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/switchbench-test-report-XXXXXX");
    return mkdtemp(folder) ? setenv("SWITCHBENCH_CACHE", folder, 1) : -1;
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *at)
{
    (void)stat;
    (void)kind;
    (void)at;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/** The filled template; *code gets the answer of sb_html_fill(). Freed by the caller. */
static char *filled(int *code, const char *text, const char *values, struct sb_error *err)
{
    char *page = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&page, &length);
    json_t *json = json_loads(values, 0, NULL);
    assert_non_null(out);
    assert_non_null(json);
    *code = sb_html_fill(out, "t.html", text, json, err);
    json_decref(json);
    fclose(out);
    return page;
}

static void test_html__refuses_templates_that_are_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *told;
    } cases[] = {
        {"{{b}}", "t.html: no value is called 'b'"},
        {"{{#a}}{{b}}{{/a}}", "t.html: no value is called 'b'"},
        {"{{#a}}", "t.html: section 'a' does not end"},
        {"{{/a}}", "t.html: section 'a' was not begun"},
        {"x {{a", "t.html: a tag does not end: {{a"},
        {"{{o}}", "t.html: 'o' is no text or number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int code = 0;
        struct sb_error err = {0};
        free(filled(&code, cases[i].text, "{\"a\": \"1\", \"o\": {\"x\": 1}}", &err));
        assert_int_equal(code, SB_EINVAL);
        assert_string_equal(err.text, cases[i].told);
    }
}

static void test_html__fills_values_and_sections(void **state)
{
    (void)state;
    static const struct {
        const char *text, *values, *page;
    } cases[] = {
        {"no tags", "{}", "no tags"},
        {"{{a}}", "{\"a\": \"<b>&'\\\"\"}", "&lt;b&gt;&amp;&#39;&quot;"},
        {"{{{a}}}", "{\"a\": \"<b>\"}", "<b>"},
        {"{{{a}}}", "{\"a\": [\"</script>\", 1.5]}", "[\"\\u003c/script>\",1.5]"},
        {"{{a}} {{b}}", "{\"a\": 7, \"b\": 0.25}", "7 0.25"},
        {"{{#a}}<{{x}}{{y}}>{{/a}}",
         "{\"y\": \"!\", \"a\": [{\"x\": 1}, {\"x\": 2, \"y\": \"?\"}]}", "<1!><2?>"},
        {"{{#a}}{{.}},{{/a}}", "{\"a\": [\"p\", \"q\"]}", "p,q,"},
        {"{{#a}}x{{/a}}{{^a}}none{{/a}}", "{\"a\": []}", "none"},
        {"{{#a}}x{{/a}}{{^a}}none{{/a}}", "{\"a\": \"\"}", "none"},
        {"{{#a}}x{{/a}}{{^a}}none{{/a}}", "{\"a\": null}", "none"},
        {"{{#a}}{{b}}{{/a}}", "{\"a\": {\"b\": \"in\"}, \"b\": \"out\"}", "in"},
        {"{{#a}}{{#a}}{{c}}{{/a}}{{/a}}.", "{\"a\": [{\"c\": 1, \"a\": [{\"c\": 2}]}]}", "2."},
        {"{{a}}", "{\"a\": null}", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int code = -1;
        struct sb_error err = {0};
        char *page = filled(&code, cases[i].text, cases[i].values, &err);
        assert_int_equal(code, 0);
        assert_string_equal(page, cases[i].page);
        free(page);
    }
}

static void test_view__numbers_have_three_significant_digits(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {NAN, ""},
        {0, "0"},
        {1, "1.00"},
        {-12.345, "-12.3"},
        {123.456, "123"},
        {1234.4, "1234"},
        {0.04567, "0.0457"},
        {0.00123, "0.00123"},
        {0.000123, "0.000123"},
        {0.00001234, "1.23e-05"},
        {2.5e9, "2.50e+09"},
        {9.996, "10.0"},
        {0.9996, "1.00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        sb_view_number(text, sizeof text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_plots__each_names_a_query_that_exists(void **state)
{
    (void)state;
    struct sb_error err = {0};
    json_t *plots = NULL, *plot;
    assert_int_equal(sb_plots_load(&plots, &err), 0);
    assert_true(json_array_size(plots) >= 3);
    size_t i;
    json_int_t before = 0;
    json_array_foreach (plots, i, plot) {
        const char *query = json_string_value(json_object_get(plot, "query")), *name = "";
        for (int k = 0; name && strcmp(name, query) != 0; k++) {
            name = sb_store_query_name(k);
        }
        assert_non_null(name);
        const json_int_t order = json_integer_value(json_object_get(plot, "order"));
        assert_true(order >= before);
        before = order;
    }
    json_decref(plots);
}

static char *page_of(const char *name)
{
    char path[256], *page = NULL;
    size_t length = 0;
    struct sb_error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(sb_report_write(campaign, path, &err), 0);
    assert_int_equal(sb_fs_read(&page, &length, path, &err), 0);
    return page;
}

static void test_report__same_records_give_the_same_bytes(void **state)
{
    (void)state;
    char *one = page_of("one.html"), *other = page_of("other.html");
    assert_string_equal(one, other);
    assert_null(strstr(one, SB_SOURCE_DIR));
    free(one);
    free(other);
}

static void test_report__says_what_the_records_say(void **state)
{
    (void)state;
    char *page = page_of("page.html");
    static const char *const texts[] = {
        "25 cells: 21 passed, 1 wrong, 1 failed, 1 unsupported, 1 lost.",
        "the device has no local memory of 64 KiB",
        "AMD EPYC 9B14 96-Core Processor",
        "gcc (Debian 12.2.0-14) 12.2.0",
        "OMP_NUM_THREADS=64",
        "1311 of 12500000 elements fail",
        "&#39;row&lt;end&gt;&#39; &amp; &quot;more&quot; &lt;/script&gt;&lt;b&gt;",
        "&lt;https://doi.org/10.1504/IJCSE.2018.095847&gt;",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!strstr(page, texts[i])) {
            fail_msg("the page lacks: %s", texts[i]);
        }
    }
    assert_null(strstr(page, "row<end>"));
    free(page);
}

static void test_view__a_page_that_shows_some_cells_says_so(void **state)
{
    (void)state;
    static const struct {
        const char *campaign, *says, *sentence;
    } cases[] = {
        {"{\"cells\": 1, \"passed\": 1}", "", "All 1 cells passed: every result was verified."},
        {"{\"cells\": 9, \"passed\": 8, \"wrong\": 1}",
         "Tables and plots show 1 of the 9 cells: all that did not pass, and evenly spaced ones of "
         "the others. All of them are in summary.json.",
         "9 cells: 8 passed, 1 wrong."},
        {"{\"cells\": 9, \"passed\": 2, \"lost\": 7}",
         "Tables and plots show 1 of the 9 cells: of those that did not pass the most serious "
         "ones. "
         "All of them are in summary.json.",
         "9 cells: 2 passed, 7 lost."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *const rows = json_pack("[{s:s,s:s}]", "cell", "a", "state", "passed");
        json_t *const none = json_array(), *const view = json_object();
        json_t *const campaigns = json_array();
        json_array_append_new(campaigns, json_loads(cases[i].campaign, 0, NULL));
        const struct sb_view_rows named = {.campaign = campaigns, .cells = rows};
        assert_int_equal(sb_view_fill(view, &named, NULL), 0);
        assert_string_equal(json_string_value(json_object_get(view, "shown_of")), cases[i].says);
        assert_string_equal(json_string_value(json_object_get(view, "sentence")),
                            cases[i].sentence);
        json_decref(rows);
        json_decref(none);
        json_decref(view);
        json_decref(campaigns);
    }
}

static void test_report__bad_calls_get_their_code(void **state)
{
    (void)state;
    struct sb_error err = {0};
    assert_int_equal(sb_report_write("/nowhere/at/all", "/dev/null", &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    assert_int_equal(sb_report_write(campaign, "/nowhere/at/all/page.html", &err), SB_EIO);
    assert_int_equal(sb_report_figures(campaign, folder, "svg,gif", &err), SB_EINVAL);
    assert_int_equal(sb_report_figures(campaign, folder, "", &err), SB_EINVAL);
    assert_int_equal(sb_report_figures(campaign, folder, "pngg", &err), SB_EINVAL);
    assert_string_equal(err.text, "no figure format 'pngg', did you mean 'png'? (svg, png, pdf)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html__refuses_templates_that_are_wrong),
        cmocka_unit_test(test_html__fills_values_and_sections),
        cmocka_unit_test(test_view__numbers_have_three_significant_digits),
        cmocka_unit_test(test_view__a_page_that_shows_some_cells_says_so),
        cmocka_unit_test(test_plots__each_names_a_query_that_exists),
        cmocka_unit_test(test_report__same_records_give_the_same_bytes),
        cmocka_unit_test(test_report__says_what_the_records_say),
        cmocka_unit_test(test_report__bad_calls_get_their_code),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
