/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/options.h"

#include <ctype.h>
#include <stdio.h>

/* roff: a backslash, and a period or quote that begins a line, mean something; '-' would become a hyphen. */
static void print_text(const char *text, bool line_starts)
{
    for (; *text; ++text) {
        if (line_starts && (*text == '.' || *text == '\'')) {
            fputs("\\&", stdout);
        }
        line_starts = *text == '\n';
        if (*text == '\\') {
            fputs("\\e", stdout);
        } else if (*text == '-') {
            fputs("\\-", stdout);
        } else {
            putchar(*text);
        }
    }
}

static void print_block(const char *text)
{
    puts(".nf");
    print_text(text, true);
    puts("\n.fi");
}

static void print_row(const struct sb_option *row)
{
    if (!row->flag) {
        return;
    }
    fputs(".TP\n", stdout);
    if (row->letter) {
        printf("\\fB\\-%c\\fR, ", row->letter);
    }
    fputs("\\fB\\-\\-", stdout);
    print_text(row->flag, false);
    fputs("\\fR", stdout);
    if (row->value) {
        fputs(" \\fI", stdout);
        print_text(row->value, false);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    print_text(row->help, true);
    if (row->usual) {
        fputs(". Default: ", stdout);
        print_text(row->usual, false);
    }
    if (row->env) {
        fputs(". Environment: \\fB", stdout);
        print_text(row->env, false);
        fputs("\\fR", stdout);
    }
    puts(".");
}

static void print_command(const struct sb_command *command)
{
    printf(".SS switchbench %s%s", command->name, command->options ? " [OPTION…]" : "");
    if (command->operands) {
        putchar(' ');
        print_text(command->operands, false);
    }
    putchar('\n');
    print_text(command->help, true);
    puts(".");
    puts(".PP");
    print_block(command->lesson);
    for (const struct sb_option_use *use = command->options; use && use->table; ++use) {
        printf(".PP\n\\fI%s\\fR\n", use->title);
        for (const struct sb_option *row = use->table; row->type != SB_OPTION_END; ++row) {
            print_row(row);
        }
    }
    puts(".PP\n\\fIExamples\\fR\n.PP");
    print_block(command->examples);
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    (void)input;
    (void)operands;
    (void)err;
    puts(".TH SWITCHBENCH 1 \"\" \"switchbench " SB_VERSION "\" \"User Commands\"\n"
         ".SH NAME\nswitchbench \\- run, verify, measure and compare reference scientific kernels\n"
         ".SH SYNOPSIS\n\\fBswitchbench\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR…] [\\fIARGUMENT\\fR…]\n"
         ".SH COMMANDS");
    for (const struct sb_command *const *c = sb_commands; *c; ++c) {
        print_command(*c);
    }
    puts(".SH OPTIONS OF EVERY COMMAND");
    print_row(sb_help_options);
    puts(".SH CAMPAIGN FILES\nA campaign can be written as YAML. Its keys:");
    for (const struct sb_option *row = sb_campaign_options; row->type != SB_OPTION_END; ++row) {
        if (row->key) {
            printf(".TP\n\\fB%s\\fR\n", row->key);
            print_text(row->help, true);
            puts(".");
        }
    }
    puts(".SH EXIT STATUS");
    static const struct {
        enum sb_exit code;
        const char *text;
    } exits[] = {
        {SB_EXIT_PASSED, "all passed"},
        {SB_EXIT_WRONG, "a wrong result"},
        {SB_EXIT_USAGE, "usage or configuration"},
        {SB_EXIT_REGRESSION, "slower beyond the gate"},
        {SB_EXIT_INFRA, "infrastructure, or a cell was lost"},
        {SB_EXIT_INCONCLUSIVE, "a comparison could not be decided"},
        {SB_EXIT_NOTHING, "nothing selected, or nothing could run"},
        {SB_EXIT_FAILED, "a kernel did not compile, crashed, or ran out of time"},
    };
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; ++i) {
        printf(".TP\n%d\n%s\n", (int)exits[i].code, exits[i].text);
    }
    return SB_EXIT_PASSED;
}

const struct sb_command sb_command_man = {
    .name = "man",
    .help = "print the manual page",
    .lesson = "Prints the manual page of all commands, in roff.",
    .examples = "switchbench man | man -l -                                   # read it\n"
                "switchbench man > ~/.local/share/man/man1/switchbench.1      # install it",
    .hidden = true,
    .run = run,
};
