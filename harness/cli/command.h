/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The contract of a subcommand: a file harness/cli/cmd_<name>.c exports `const struct sb_command sb_command_<name>`.
 * Its options are tables; -h, completion and the man page are made from them.
 */
#ifndef SB_COMMAND_H
#define SB_COMMAND_H

#include "harness/plan/option.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** One table of options and where its target lies in the command's input. */
struct sb_option_use {
    const char *title;             /* heading in -h */
    const struct sb_option *table; /* NULL ends the list */
    size_t offset;                 /* of the target in the input */
};

struct sb_command {
    const char *name;     /* required, equals the file's */
    const char *help;     /* required, one line */
    const char *operands; /* "[CAMPAIGN]"; may be NULL: takes none */
    const char *lesson;   /* required: what it does and what to know, as paragraphs */
    const char *examples; /* required: lines "COMMAND  # what it does" */
    const struct sb_option_use *options; /* may be NULL: none */
    const char *const *words; /* operands that completion offers, ends with NULL; may be NULL */
    int operands_least, operands_most; /* most < 0: any number */
    size_t room;                       /* bytes of the input that the options fill, zeroed before */
    bool hidden;                       /* not in the overview */
    /** Called with the operands before environment and options are applied (reads files below them). May be NULL. */
    int (*prepare)(void *input, const struct sb_strings *operands, struct sb_error *err);
    /** An exit code, or a negative SB_E* with its sentence in @p err. Required. */
    int (*run)(void *input, const struct sb_strings *operands, struct sb_error *err);
    /** Releases what prepare() and run() left beside the options' own members. May be NULL: nothing. */
    void (*release)(void *input);
};

/** All commands, by file name; ends with NULL. Written by CMake. */
extern const struct sb_command *const sb_commands[];

/** The command of that name, or NULL. */
const struct sb_command *sb_command_find(const char *name);
/** The name of a command close to @p name, or NULL. */
const char *sb_command_closest(const char *name);
/** Writes the overview of all commands; the help page of one. */
void sb_help_overview(FILE *out);
void sb_help_command(FILE *out, const struct sb_command *command);
/** "switchbench: <sentence>" on stderr. */
void sb_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** The exit code of an SB_E* code. */
int sb_exit_of(int code);

#endif
