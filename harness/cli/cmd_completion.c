/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/options.h"
#include "harness/plan/kernels.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {"bash", NULL};

/* What may follow a value-taking option: a file, a folder, one of its choices, or nothing that is known. */
static void print_value_case(const struct sb_option *row)
{
    if (!row->flag || row->type == SB_OPTION_FLAG) {
        return;
    }
    printf("            --%s", row->flag);
    if (row->letter) {
        printf("|-%c", row->letter);
    }
    fputs(") ", stdout);
    if (row->type == SB_OPTION_FILE) {
        puts("compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); return;;");
    } else if (row->type == SB_OPTION_FOLDER) {
        puts("compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\")); return;;");
    } else if (row->choices) {
        fputs("COMPREPLY=($(compgen -W \"", stdout);
        for (int i = 0; row->choices[i]; ++i) {
            printf("%s%s", i ? " " : "", row->choices[i]);
        }
        puts("\" -- \"$cur\")); return;;");
    } else {
        puts("COMPREPLY=(); return;;");
    }
}

static void print_flag(const struct sb_option *row)
{
    if (row->flag) {
        printf(" --%s", row->flag);
    }
}

static void each_row(const struct sb_command *command, void (*print)(const struct sb_option *row))
{
    for (const struct sb_option_use *use = command->options; use && use->table; ++use) {
        for (const struct sb_option *row = use->table; row->type != SB_OPTION_END; ++row) {
            print(row);
        }
    }
}

static void print_command(const struct sb_command *command)
{
    printf("    %s)\n        case $prev in\n", command->name);
    each_row(command, print_value_case);
    printf("        esac\n        flags=\"--help");
    each_row(command, print_flag);
    printf("\"\n        words=\"");
    for (int i = 0; command->words && command->words[i]; ++i) {
        printf("%s ", command->words[i]);
    }
    if (strcmp(command->name, "run") == 0 || strcmp(command->name, "list") == 0) {
        for (int i = 0; sb_kernels[i]; ++i) {
            printf("%s ", sb_kernels[i]->name);
        }
    }
    puts("\";;");
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    (void)input;
    if (strcmp(operands->item[0], "bash") != 0) {
        return sb_fail(err, SB_EINVAL, "completion: unknown shell '%s'; there is bash",
                       operands->item[0]);
    }
    fputs("# bash completion of switchbench; generated from its option tables by 'switchbench "
          "completion bash'\n"
          "_switchbench()\n{\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} flags='' "
          "words=''\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        COMPREPLY=($(compgen -W \"help --help --version",
          stdout);
    for (const struct sb_command *const *c = sb_commands; *c; ++c) {
        printf(" %s", (*c)->name);
    }
    fputs("\" -- \"$cur\"))\n        return\n    fi\n    case ${COMP_WORDS[1]} in\n    help) "
          "words=\"",
          stdout);
    for (const struct sb_command *const *c = sb_commands; *c; ++c) {
        printf("%s ", (*c)->name);
    }
    puts("\";;");
    for (const struct sb_command *const *c = sb_commands; *c; ++c) {
        print_command(*c);
    }
    fputs("    esac\n"
          "    if [ \"${cur:0:1}\" = - ]; then\n"
          "        COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\"))\n"
          "    else\n"
          "        compopt -o filenames\n"
          "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\") $(compgen -f -- \"$cur\"))\n"
          "    fi\n}\ncomplete -F _switchbench switchbench\n",
          stdout);
    return SB_EXIT_PASSED;
}

const struct sb_command sb_command_completion = {
    .name = "completion",
    .help = "print the completion script of a shell",
    .operands = "bash",
    .lesson = "Prints a script that completes commands, options, their values, kernels and files.",
    .examples = "source <(switchbench completion bash)     # in this shell\n"
                "switchbench completion bash > "
                "~/.local/share/bash-completion/completions/switchbench   # for good",
    .words = words,
    .operands_least = 1,
    .operands_most = 1,
    .hidden = true,
    .run = run,
};
