/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input {
    struct sb_campaign campaign;
    struct sb_output output;
};

static const struct sb_option_use uses[] = {
    {"Axes", sb_campaign_options, offsetof(struct input, campaign)},
    {"Output", sb_output_junit_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

static int nothing(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    (void)input;
    (void)operands;
    (void)err;
    return 0;
}

/* What a campaign file would say: lower than environment and options. */
static int file_says(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    (void)operands;
    struct sb_campaign *campaign = &((struct input *)input)->campaign;
    static const char text[] =
        "backends: [opencl]\nthreads: 7\nbudget: 7s\nparameters: {n: 7, gemm: {m: 7}}\n";
    return sb_campaign_parse_yaml(campaign, text, sizeof text - 1, "f.yaml", err);
}

static struct sb_command command = {.name = "try",
                                    .help = "",
                                    .lesson = "",
                                    .examples = "",
                                    .operands = "[A]",
                                    .options = uses,
                                    .operands_most = 2,
                                    .room = sizeof(struct input),
                                    .run = nothing};

static int parse(struct input *in, struct sb_strings *operands, bool *help, const char *line,
                 struct sb_error *err)
{
    char text[512];
    char *argv[32];
    int argc = 0;
    snprintf(text, sizeof text, "%s", line);
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        argv[argc++] = word;
    }
    *in = (struct input){0};
    *operands = (struct sb_strings){0};
    return sb_options_parse(&command, in, operands, help, argc, argv, err);
}

static void done(struct input *in, struct sb_strings *operands)
{
    sb_campaign_free(&in->campaign);
    sb_options_release(&command, in);
    sb_strings_free(operands);
}

static const struct {
    const char *line;
    const char *message;
} bad[] = {
    {"--bakends cpu", "try: unknown option '--bakends'; did you mean '--backends'?"},
    {"--zzzzzzzz", "try: unknown option '--zzzzzzzz'; 'switchbench try -h' lists them"},
    {"--=3", "try: unknown option '--'; 'switchbench try -h' lists them"},
    {"-Z", "try: unknown option '-Z'; 'switchbench try -h' lists them"},
    {"--p", "try: '--p' could be '--presets' or '--p"},
    {"--repeat", "try: --repeat needs a value (N)"},
    {"--repeat=", "--repeat: expected a whole number, got ''"},
    {"-r", "try: -r needs a value (N)"},
    {"-r x", "-r: expected a whole number, got 'x'"},
    {"--repeat 99999", "--repeat: 99999 is out of bounds: from 1 to 10000"},
    {"--precision double", "--precision: expected a share such as 1% or 0.01, got 'double'"},
    {"--maths exact", "--maths: unknown value 'exact'; one of fast, strict"},
    {"--reals flaot", "--reals: unknown value 'flaot'; did you mean 'float'?"},
    {"--index-bits 16", "--index-bits: unknown value '16'"},
    {"--backends ,", "--backends: expected at least one value"},
    {"--set n", "--set: expected [KERNEL.]PARAMETER=VALUE,… such as stream.n=1024,2048, got 'n'"},
    {"--set =3", "--set: expected [KERNEL.]PARAMETER=VALUE"},
    {"--set n=", "--set: expected at least one value after 'n='"},
    {"--set a.b.c=1", "--set: expected [KERNEL.]PARAMETER=VALUE"},
    {"--json=perhaps", "--json: expected true or false, got 'perhaps'"},
    {"--time-limit 0", "--time-limit: 0 is out of bounds: from 0.001s to 30d"},
    {"--name a/b", "--name: 'a/b' may hold only letters"},
    {"a b c", "try: unexpected argument 'c'"},
};

static void test_options__says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        struct input in;
        struct sb_strings operands;
        struct sb_error err = {0};
        bool help = false;
        const int rc = parse(&in, &operands, &help, bad[i].line, &err);
        if (rc != SB_EINVAL || strncmp(err.text, bad[i].message, strlen(bad[i].message)) != 0) {
            fail_msg("'%s' gave %d '%s', expected '%s'", bad[i].line, rc, err.text, bad[i].message);
        }
        done(&in, &operands);
    }
}

static void test_options__takes_every_way_of_writing(void **state)
{
    (void)state;
    static const char *const lines[] = {"a --threads 3 --json b", "--threads=3 a --json b",
                                        "-j 3 --json a b",        "-j3 --jso a b",
                                        "--thr 3 --json -- a b",  "--json=true --threads 3 a b"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; ++i) {
        struct input in;
        struct sb_strings operands;
        struct sb_error err = {0};
        bool help = false;
        if (parse(&in, &operands, &help, lines[i], &err) != SB_OK) {
            fail_msg("'%s': %s", lines[i], err.text);
        }
        assert_int_equal(in.campaign.threads, 3);
        assert_true(in.output.json);
        assert_false(in.output.csv);
        assert_int_equal(operands.count, 2);
        assert_string_equal(operands.item[1], "b");
        assert_false(help);
        done(&in, &operands);
    }
}

static void test_options__whole_name_wins_over_beginnings(void **state)
{
    (void)state;
    struct input in;
    struct sb_strings operands;
    struct sb_error err = {0};
    bool help = false;
    assert_int_equal(
        parse(&in, &operands, &help, "--preset tiny,small --presets medium --backend cpu", &err),
        SB_OK);
    assert_int_equal(in.campaign.presets.count, 3);
    assert_int_equal(in.campaign.backends.count, 1);
    done(&in, &operands);
}

static void test_options__help_wins_over_bad_values_after_it(void **state)
{
    (void)state;
    static const char *const lines[] = {"-h",         "--help",        "--he",
                                        "a b c d -h", "-h --nonsense", "--json -h"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; ++i) {
        struct input in;
        struct sb_strings operands;
        struct sb_error err = {0};
        bool help = false;
        assert_int_equal(parse(&in, &operands, &help, lines[i], &err), SB_OK);
        assert_true(help);
        done(&in, &operands);
    }
}

static void test_options__later_layers_win(void **state)
{
    (void)state;
    struct input in;
    struct sb_strings operands;
    struct sb_error err = {0};
    bool help = false;
    command.prepare = file_says;
    setenv("SWITCHBENCH_THREADS", "5", 1);
    setenv("SWITCHBENCH_BUDGET", "5s", 1);
    assert_int_equal(parse(&in, &operands, &help, "--budget 3s --backends cpu --set n=3", &err),
                     SB_OK);
    assert_int_equal(in.campaign.threads, 5);        /* environment over file */
    assert_float_equal(in.campaign.budget_s, 3, 0);  /* option over environment */
    assert_int_equal(in.campaign.backends.count, 1); /* lists are replaced … */
    assert_string_equal(in.campaign.backends.item[0], "cpu");
    assert_int_equal(in.campaign.sweep_count, 2); /* … and sweeps one by one */
    assert_string_equal(in.campaign.sweeps[0].values.item[0], "3");
    assert_string_equal(in.campaign.sweeps[1].values.item[0], "7");
    assert_float_equal(in.campaign.time_limit_s, 600, 0); /* default below all */
    done(&in, &operands);
    setenv("SWITCHBENCH_THREADS", "many", 1);
    assert_int_equal(parse(&in, &operands, &help, "", &err), SB_EINVAL);
    assert_string_equal(err.text, "SWITCHBENCH_THREADS: expected a whole number, got 'many'");
    done(&in, &operands);
    unsetenv("SWITCHBENCH_THREADS");
    unsetenv("SWITCHBENCH_BUDGET");
    command.prepare = NULL;
}

static void test_options__quantities_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        double budget_s, memory_bytes, precision;
    } cases[] = {
        {"--budget 90 --memory-limit 1000 --precision 0.02", 90, 1000, 0.02},
        {"--budget 90s --memory-limit 1k --precision 2%", 90, 1024, 0.02},
        {"--budget 1.5m --memory-limit 1kB --precision 2e-2", 90, 1000, 0.02},
        {"--budget 50ms --memory-limit 2GiB --precision 100%", 0.05, 0x1p31, 1},
        {"--budget 1h --memory-limit 1.5TB --precision 1", 3600, 1.5e12, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        struct input in;
        struct sb_strings operands;
        struct sb_error err = {0};
        bool help = false;
        assert_int_equal(parse(&in, &operands, &help, cases[i].line, &err), SB_OK);
        assert_float_equal(in.campaign.budget_s, cases[i].budget_s, 1e-12);
        assert_float_equal(in.campaign.memory_limit_bytes, cases[i].memory_bytes, 1e-6);
        assert_float_equal(in.campaign.precision, cases[i].precision, 1e-15);
        done(&in, &operands);
    }
}

/* The registry: every command's tables hold what help, completion and man page need. */
static void test_options__every_row_of_every_command_is_complete(void **state)
{
    (void)state;
    for (int c = 0; sb_commands[c]; ++c) {
        const struct sb_command *cmd = sb_commands[c];
        assert_non_null(cmd->help);
        assert_non_null(cmd->lesson);
        assert_non_null(strstr(cmd->examples, cmd->name));
        assert_non_null(cmd->run);
        char letters[64] = "h";
        for (const struct sb_option_use *use = cmd->options; use && use->table; ++use) {
            assert_non_null(use->title);
            for (const struct sb_option *row = use->table; row->type != SB_OPTION_END; ++row) {
                assert_non_null(row->help);
                assert_true(row->flag || row->key);
                if (row->flag && (row->type == SB_OPTION_FLAG) != (row->value == NULL)) {
                    fail_msg("%s --%s: flags have no value name, all others have one", cmd->name,
                             row->flag);
                }
                if (row->letter && strchr(letters, row->letter)) {
                    fail_msg("%s: -%c is taken twice", cmd->name, row->letter);
                }
                letters[strlen(letters)] = row->letter;
                assert_true(use->offset + row->offset < cmd->room);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options__says_what_is_wrong),
        cmocka_unit_test(test_options__takes_every_way_of_writing),
        cmocka_unit_test(test_options__whole_name_wins_over_beginnings),
        cmocka_unit_test(test_options__help_wins_over_bad_values_after_it),
        cmocka_unit_test(test_options__later_layers_win),
        cmocka_unit_test(test_options__quantities_have_units),
        cmocka_unit_test(test_options__every_row_of_every_command_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
