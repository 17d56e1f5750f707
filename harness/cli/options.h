/* SPDX-License-Identifier: Apache-2.0 */
/** The command line, read through the tables of a command. Later layers win: default, file, environment, option. */
#ifndef SB_OPTIONS_H
#define SB_OPTIONS_H

#include "harness/cli/command.h"

/** Options that print results take; the target is a struct sb_output. */
struct sb_output {
    bool json, csv;
    char *junit; /* FILE, or NULL */
};
extern const struct sb_option sb_output_options[];
/** The same with --junit. */
extern const struct sb_option sb_output_junit_options[];
/** -h, --help: every command has it. */
extern const struct sb_option sb_help_options[];

/**
 * Reads argv[0 … argc − 1] (after the command's name) into @p input (zeroed, command->room bytes) and @p operands.
 * Long options may be cut short where that stays unique. *help: -h was given, and nothing else was looked at.
 * Errors: SB_EINVAL with one sentence; what prepare() says.
 */
int sb_options_parse(const struct sb_command *command, void *input, struct sb_strings *operands,
                     bool *help, int argc, char **argv, struct sb_error *err);
/** Releases what the options of @p input own. */
void sb_options_release(const struct sb_command *command, void *input);

#endif
