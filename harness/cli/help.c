/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/options.h"
#include "harness/cli/table.h"

#include <stdio.h>
#include <string.h>

static void print_row(FILE *out, const struct sb_option *row)
{
    char left[96];
    char letter[8] = "    ";
    if (row->letter) {
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    }
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, row->flag, row->value ? " " : "",
             row->value ? row->value : "");
    const size_t width = sb_text_width(left);
    fprintf(out, "%s%*s%s", left, width < 30 ? (int)(30 - width) : 2, "", row->help);
    if (row->usual) {
        fprintf(out, " [%s]", row->usual);
    }
    if (row->env) {
        fprintf(out, " ($%s)", row->env);
    }
    fputc('\n', out);
}

static void print_table(FILE *out, const char *title, const struct sb_option *table)
{
    fprintf(out, "\n%s\n", title);
    for (const struct sb_option *row = table; row->type != SB_OPTION_END; ++row) {
        if (row->flag) {
            print_row(out, row);
        }
    }
}

static void print_indented(FILE *out, const char *text)
{
    while (*text) {
        const size_t length = (size_t)(strchrnul(text, '\n') - text);
        fprintf(out, "%s%.*s\n", length ? "  " : "", (int)length, text);
        text += length + (text[length] != '\0');
    }
}

void sb_help_command(FILE *out, const struct sb_command *command)
{
    fprintf(out, "switchbench %s: %s\n\nUsage\n  switchbench %s%s%s%s\n\n", command->name,
            command->help, command->name, command->options ? " [OPTION…]" : "",
            command->operands ? " " : "", command->operands ? command->operands : "");
    print_indented(out, command->lesson);
    fputs("\nExamples\n", out);
    print_indented(out, command->examples);
    for (const struct sb_option_use *use = command->options; use && use->table; ++use) {
        print_table(out, use->title, use->table);
    }
    print_table(out, "Help", sb_help_options);
}

void sb_help_overview(FILE *out)
{
    fputs("switchbench runs reference scientific kernels on every architecture that a machine "
          "offers, checks that\n"
          "each gives the right answer, and measures it.\n"
          "\nUsage\n  switchbench COMMAND [OPTION…] [ARGUMENT…]\n"
          "\nFirst steps\n"
          "  switchbench doctor                # what this machine can run, and what is missing\n"
          "  switchbench run -p tiny           # every kernel, small enough for a few seconds\n"
          "  switchbench report                # the page with plots of the newest campaign\n"
          "\nCommands\n",
          out);
    for (const struct sb_command *const *c = sb_commands; *c; ++c) {
        if (!(*c)->hidden) {
            fprintf(out, "  %-10s  %s\n", (*c)->name, (*c)->help);
        }
    }
    fputs(
        "\n'switchbench COMMAND -h' teaches one of them.\n"
        "\nExit codes\n"
        "  0 all passed · 1 wrong result · 2 usage or configuration · 3 slower beyond the gate ·\n"
        "  4 infrastructure, or a cell was lost · 5 inconclusive · 6 nothing selected or nothing "
        "could run ·\n"
        "  7 a kernel did not compile, crashed, or ran out of time\n",
        out);
}
