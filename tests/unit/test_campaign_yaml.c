/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/campaign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static int parse(struct sb_campaign *campaign, const char *text, struct sb_error *err)
{
    sb_campaign_init(campaign);
    return sb_campaign_parse_yaml(campaign, text, strlen(text), "site.yaml", err);
}

/* What a person wrote wrongly, and the sentence that must say where and what. */
static const struct {
    const char *text;
    const char *message;
} bad[] = {
    {"", "site.yaml:1: expected a mapping such as 'kernels: [stream]', got an empty file"},
    {"# only a comment\n",
     "site.yaml:1: expected a mapping such as 'kernels: [stream]', got an empty file"},
    {"[stream]", "site.yaml:1: expected a mapping such as 'kernels: [stream]', got a list"},
    {"stream", "site.yaml:1: expected a mapping such as 'kernels: [stream]', got a value"},
    {"kernels: [stream\n",
     "site.yaml:2: malformed YAML: did not find expected ',' or ']' while parsing a flow sequence"},
    {"kernels:\n\t- stream\n", "site.yaml:2: malformed YAML: found character that cannot start any "
                               "token while scanning for the next token"},
    {"kernels: [stream]\nkernel: [gemm]\n",
     "site.yaml:2: unknown key 'kernel'; did you mean 'kernels'?"},
    {"name: a\nquux: 1\n",
     "site.yaml:2: unknown key 'quux'; expected one of name, kernels, presets,"},
    {"repeat: 2\nrepeat: 3\n", "site.yaml:2: 'repeat' is given twice"},
    {"repeat: many\n", "site.yaml:1: repeat: expected a whole number, got 'many'"},
    {"repeat: 1.5\n", "site.yaml:1: repeat: expected a whole number, got '1.5'"},
    {"repeat: 0\n", "site.yaml:1: repeat: 0 is out of bounds: from 1 to 10000"},
    {"repeat: [1, 2]\n", "site.yaml:1: repeat: expected one value, got a list"},
    {"precision: fine\n",
     "site.yaml:1: precision: expected a share such as 1% or 0.01, got 'fine'"},
    {"precision: 200%\n", "site.yaml:1: precision: 200% is out of bounds: from 0% to 100%"},
    {"time_limit: soon\n",
     "site.yaml:1: time_limit: expected a time such as 90s, 10m or 2h, got 'soon'"},
    {"time_limit: 5 parsecs\n",
     "site.yaml:1: time_limit: expected a time such as 90s, 10m or 2h, got '5 parsecs'"},
    {"time_limit: nan\n",
     "site.yaml:1: time_limit: expected a time such as 90s, 10m or 2h, got 'nan'"},
    {"memory_limit: -1GiB\n", "site.yaml:1: memory_limit: -1GiB is out of bounds: from"},
    {"maths: [fast, strct]\n", "site.yaml:1: maths: unknown value 'strct'; did you mean 'strict'?"},
    {"reals: half\n", "site.yaml:1: reals: unknown value 'half'; one of double, float"},
    {"kernels: []\n", "site.yaml:1: kernels: expected at least one value"},
    {"kernels: {stream: 1}\n",
     "site.yaml:1: kernels: expected a value or a list of values, got a mapping"},
    {"kernels:\n  - stream\n  - {n: 1}\n",
     "site.yaml:3: kernels: expected values without commas in the list, got a mapping"},
    {"kernels:\n", "site.yaml:1: kernels: expected a value or a list of values, got nothing"},
    {"pictures: perhaps\n", "site.yaml:1: pictures: expected true or false, got 'perhaps'"},
    {"seed: -4\n", "site.yaml:1: seed: expected a whole number below 2^64, got '-4'"},
    {"name: ../up\n", "site.yaml:1: name: '../up' may hold only letters, digits, '.', '_' and '-'"},
    {"parameters: 4096\n", "site.yaml:1: parameters: expected a mapping such as {n: 4096, stream: "
                           "{n: [1024, 2048]}}, got a value"},
    {"parameters:\n  n: []\n", "site.yaml:2: parameters.n: expected at least one value"},
    {"parameters:\n  stream:\n    n: {deep: 1}\n",
     "site.yaml:3: parameters.stream.n: expected a value or a list of values, got a mapping"},
    {"parameters:\n  N-1: 3\n", "site.yaml:2: expected [KERNEL.]PARAMETER=VALUE"},
    {"parameters:\n  [1, 2]: 3\n",
     "site.yaml:2: parameters: expected the name of a parameter or kernel, got a list"},
    {"name: a\n---\nname: b\n", "site.yaml:3: expected one document, a second one begins here"},
    {"kernels: *nothing\n", "site.yaml:1: malformed YAML: found undefined alias"},
    {"kernels: \"a\\0b\"\n",
     "site.yaml:1: kernels: expected a value or a list of values, got a value"},
};

static void test_campaign_yaml__says_where_and_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        struct sb_campaign campaign;
        struct sb_error err = {0};
        const int rc = parse(&campaign, bad[i].text, &err);
        if (rc != SB_EPARSE || strncmp(err.text, bad[i].message, strlen(bad[i].message)) != 0) {
            fail_msg("case %zu: '%s' gave %d '%s', expected '%s'", i, bad[i].text, rc, err.text,
                     bad[i].message);
        }
        assert_null(strchr(err.text, '\n'));
        sb_campaign_free(&campaign);
    }
}

static void test_campaign_yaml__reads_every_key(void **state)
{
    (void)state;
    struct sb_campaign c;
    struct sb_error err = {0};
    const char *text = "name: site-1\n"
                       "kernels: [stream, ./mine]\n"
                       "presets: small\n"
                       "backends: cpu, opencl\n"
                       "variants: [portable, vendor]\n"
                       "targets: [native, x86-64-v4]\n"
                       "labels: triad\n"
                       "reals: [double, float]\n"
                       "maths: [fast, strict]\n"
                       "parameters: {stream: {n: [1024, 2048]}, n: 4096}\n"
                       "repeat: 3\n"
                       "precision: 0.5%\n"
                       "budget: 500ms\n"
                       "samples: 100\n"
                       "time_limit: 10m\n"
                       "memory_limit: 4GiB\n"
                       "threads: 2\n"
                       "index_bits: 64\n"
                       "seed: 0x10\n"
                       "pictures: yes\n";
    assert_int_equal(parse(&c, text, &err), SB_OK);
    assert_string_equal(c.name, "site-1");
    assert_int_equal(c.kernels.count, 2);
    assert_string_equal(c.kernels.item[1], "./mine");
    assert_int_equal(c.backends.count, 2);
    assert_string_equal(c.backends.item[1], "opencl");
    assert_true(sb_strings_has(&c.variants, "vendor"));
    assert_true(sb_strings_has(&c.targets, "x86-64-v4"));
    assert_true(sb_strings_has(&c.labels, "triad"));
    assert_int_equal(c.precisions.count, 2);
    assert_int_equal(c.maths.count, 2);
    assert_int_equal(c.sweep_count, 2);
    assert_string_equal(c.sweeps[0].kernel, "stream");
    assert_string_equal(c.sweeps[0].parameter, "n");
    assert_string_equal(c.sweeps[0].values.item[1], "2048");
    assert_string_equal(c.sweeps[0].where, "site.yaml:10");
    assert_null(c.sweeps[1].kernel);
    assert_string_equal(c.sweeps[1].values.item[0], "4096");
    assert_int_equal(c.repeat, 3);
    assert_float_equal(c.precision, 0.005, 1e-15);
    assert_float_equal(c.budget_s, 0.5, 1e-15);
    assert_int_equal(c.samples_most, 100);
    assert_float_equal(c.time_limit_s, 600, 0);
    assert_float_equal(c.memory_limit_bytes, 4 * 0x1p30, 0);
    assert_int_equal(c.threads, 2);
    assert_int_equal(c.index_bits, 64);
    assert_true(c.seed == 16);
    assert_true(c.pictures);
    sb_campaign_free(&c);
}

static void test_campaign_yaml__leaves_defaults_alone(void **state)
{
    (void)state;
    struct sb_campaign c;
    struct sb_error err = {0};
    assert_int_equal(parse(&c, "kernels: gemm\n", &err), SB_OK);
    assert_null(c.name);
    assert_int_equal(c.repeat, 1);
    assert_float_equal(c.precision, 0.01, 1e-15);
    assert_float_equal(c.budget_s, 2, 0);
    assert_float_equal(c.time_limit_s, 600, 0);
    assert_int_equal(c.presets.count, 0);
    assert_false(c.pictures);
    sb_campaign_free(&c);
}

/* Aliases are legal, and one that holds itself must neither hang nor overflow the stack. */
static void test_campaign_yaml__takes_aliases_even_cyclic_ones(void **state)
{
    (void)state;
    struct sb_campaign c;
    struct sb_error err = {0};
    assert_int_equal(parse(&c, "presets: &p [tiny, small]\nlabels: *p\n", &err), SB_OK);
    assert_int_equal(c.labels.count, 2);
    sb_campaign_free(&c);
    assert_int_equal(parse(&c, "kernels: &k [*k]\n", &err), SB_EPARSE);
    sb_campaign_free(&c);
    assert_int_equal(parse(&c, "parameters: &m {stream: *m}\n", &err), SB_EPARSE);
    sb_campaign_free(&c);
}

static void test_campaign_yaml__refuses_deep_nesting_and_binary(void **state)
{
    (void)state;
    struct sb_campaign c;
    struct sb_error err = {0};
    char deep[20000];
    memset(deep, '[', sizeof deep);
    sb_campaign_init(&c);
    assert_int_equal(sb_campaign_parse_yaml(&c, deep, sizeof deep, "deep.yaml", &err), SB_EPARSE);
    const char binary[] = {'a', ':', ' ', (char)0xff, (char)0xfe, 0, 1};
    assert_int_equal(sb_campaign_parse_yaml(&c, binary, sizeof binary, "binary.yaml", &err),
                     SB_EPARSE);
    sb_campaign_free(&c);
}

static void test_campaign_yaml__names_a_missing_file(void **state)
{
    (void)state;
    struct sb_campaign c;
    struct sb_error err = {0};
    sb_campaign_init(&c);
    assert_int_equal(sb_campaign_read_yaml(&c, "/nowhere/site.yaml", &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "/nowhere/site.yaml"));
    sb_campaign_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_campaign_yaml__says_where_and_what_is_wrong),
        cmocka_unit_test(test_campaign_yaml__reads_every_key),
        cmocka_unit_test(test_campaign_yaml__leaves_defaults_alone),
        cmocka_unit_test(test_campaign_yaml__takes_aliases_even_cyclic_ones),
        cmocka_unit_test(test_campaign_yaml__refuses_deep_nesting_and_binary),
        cmocka_unit_test(test_campaign_yaml__names_a_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
