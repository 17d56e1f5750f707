/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/ssh/moved.h"
#include "harness/place/ssh/remote.h"
#include "tests/unit/recorded_jobs.h"

static void test_ssh__what_is_no_host_is_refused(void **state)
{
    static const struct {
        const char *text, *name, *user;
        int port; /* −1: refused */
    } cases[] = {
        {"", "", "", -1},
        {"-oProxyCommand=sh", "", "", -1},
        {"a b", "", "", -1},
        {"n1;reboot", "", "", -1},
        {"-l@n1", "", "", -1},
        {"@n1", "", "", -1},
        {"n1:", "", "", -1},
        {"n1:0", "", "", -1},
        {"n1:70000", "", "", -1},
        {"n1:2x", "", "", -1},
        {"[n1]", "", "", -1},
        {"[::1", "::1", "", 0},
        {"n1", "n1", "", 0},
        {"me@n1.site.org", "n1.site.org", "me", 0},
        {"me@n1:2222", "n1", "me", 2222},
        {"[fe80::1]:22", "fe80::1", "", 22},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_ssh_host host;
        struct sb_error err = {0};
        const int code = sb_ssh_host_parse(&host, cases[i].text, &err);
        if ((code == 0) != (cases[i].port >= 0)) {
            fail_msg("'%s': code %d", cases[i].text, code);
        }
        if (code == 0) {
            assert_string_equal(host.name, cases[i].name);
            assert_string_equal(host.user, cases[i].user);
            assert_int_equal(host.port, cases[i].port);
        } else {
            assert_int_equal(code, SB_EINVAL);
            assert_non_null(strstr(err.text, "expected [user@]name[:port]"));
        }
    }
}

static void test_ssh__the_login_shell_sees_a_constant(void **state)
{
    const struct sb_place place = {.name = "p"};
    struct sb_strings words = {0};
    (void)state;
    assert_int_equal(sb_ssh_command(&words, &place, "me@n1:2222", NULL), 0);
    assert_string_equal(words.item[words.count - 1], "exec /bin/sh -s");
    assert_string_equal(words.item[words.count - 2], "n1");
    assert_string_equal(words.item[words.count - 3], "--");
    assert_string_equal(words.item[words.count - 4], "-oPort=2222");
    sb_strings_free(&words);
}

static void test_ssh__calls_are_quoted(void **state)
{
    char *calls = NULL;
    const char *const words[] = {"it's", "; rm -rf ~", "$(x)", NULL};
    (void)state;
    assert_int_equal(sb_ssh_add_call(&calls, "f", words, NULL), 0);
    assert_int_equal(sb_ssh_add_call(&calls, "g", NULL, NULL), 0);
    assert_string_equal(calls, "f 'it'\\''s' '; rm -rf ~' '$(x)'\ng \n");
    free(calls);
}

static void test_ssh__paths_move_as_wholes(void **state)
{
    char a[] = "/data/c";
    char b[] = "/data/c/kernels";
    char to_a[] = "/s/c/t";
    char to_b[] = "/s/k";
    char *from_items[] = {a, b};
    char *to_items[] = {to_a, to_b};
    const struct sb_strings from = {.item = from_items, .count = 2};
    const struct sb_strings to = {.item = to_items, .count = 2};
    static const struct {
        const char *text, *moved;
    } cases[] = {
        {"", ""},
        {"/data/c", "/s/c/t"},
        {"/data/c/jobs/x.json", "/s/c/t/jobs/x.json"},
        {"/data/cc/x", "/data/cc/x"},
        {"/mnt/data/c/x", "/mnt/data/c/x"},
        {"/data/c/kernels/k", "/s/k/k"},
        {"--bind=/data/c:/data/c:rw", "--bind=/s/c/t:/s/c/t:rw"},
        {"type=bind,src=/data/c,dst=/data/c", "type=bind,src=/s/c/t,dst=/s/c/t"},
        {"no path", "no path"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char *text = sb_moved_text(cases[i].text, &from, &to);
        assert_string_equal(text, cases[i].moved);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ssh__what_is_no_host_is_refused),
        cmocka_unit_test(test_ssh__the_login_shell_sees_a_constant),
        cmocka_unit_test(test_ssh__calls_are_quoted),
        cmocka_unit_test(test_ssh__paths_move_as_wholes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
