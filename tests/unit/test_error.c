/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of errors are UTF-8 whatever they are made of: they become JSON. */
#include "harness/util/error.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_error__keeps_characters_and_marks_what_is_none(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"\xe2\x80\x98"
         "fp\xe2\x80\x99 \xc3\xbc \xf0\x9f\x99\x82",
         "\xe2\x80\x98"
         "fp\xe2\x80\x99 \xc3\xbc \xf0\x9f\x99\x82"},
        {"caf\xe9 noir", "caf? noir"},
        {"cut \xe2\x80", "cut ??"},
        {"\xc0\xaf over\xed\xa0\x80long", "?? over???long"},
        {"\xff\xf5\x80\x80\x80", "?????"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_error err;
        assert_int_equal(sb_fail(&err, SB_EIO, "%s", cases[i][0]), SB_EIO);
        assert_string_equal(err.text, cases[i][1]);
    }
}

static void test_error__a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[3 * sizeof(struct sb_error)];
    for (size_t shift = 0; shift < 3; ++shift) {
        struct sb_error err;
        memset(text, 'x', shift);
        for (size_t at = shift; at + 3 < sizeof text; at += 3) {
            memcpy(text + at, "\xe2\x80\x98\0", 4);
        }
        sb_fail(&err, SB_ECOMPILE, "%s", text);
        json_t *json = json_string(err.text);
        assert_non_null(json);
        json_decref(json);
        sb_fail_in(&err, SB_ECOMPILE, "kernel");
        json = json_string(err.text);
        assert_non_null(json);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error__keeps_characters_and_marks_what_is_none),
        cmocka_unit_test(test_error__a_long_text_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
