/* SPDX-License-Identifier: Apache-2.0 */
/* switchbench: plans, builds, submits, collects and decides; it never touches a device. */
#include "harness/cli/options.h"
#include "harness/util/fs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const struct sb_error *err)
{
    sb_say("%s", err->text);
    return sb_exit_of(err->code);
}

static int run_command(const struct sb_command *command, int argc, char **argv)
{
    static struct sb_error err;
    void *input = calloc(1, command->room ? command->room : 1);
    if (!input) {
        sb_say("out of memory");
        return SB_EXIT_INFRA;
    }
    struct sb_strings operands = {0};
    bool help = false;
    int rc = sb_options_parse(command, input, &operands, &help, argc, argv, &err);
    if (help) {
        sb_help_command(stdout, command);
    } else if (rc == SB_OK) {
        rc = command->run(input, &operands, &err);
    }
    if (command->release) {
        command->release(input);
    }
    sb_options_release(command, input);
    sb_strings_free(&operands);
    free(input);
    if (rc < 0) {
        err.code = rc;
    }
    return rc < 0 ? fail(&err) : rc;
}

static int unknown(const char *name)
{
    const char *near = name[0] == '-' ? NULL : sb_command_closest(name);
    if (near) {
        sb_say("unknown command '%s'; did you mean '%s'?", name, near);
    } else {
        sb_say("unknown command '%s'; 'switchbench help' lists them", name);
    }
    return SB_EXIT_USAGE;
}

static int help(int argc, char **argv)
{
    const struct sb_command *command = argc ? sb_command_find(argv[0]) : NULL;
    if (argc && !command) {
        return unknown(argv[0]);
    }
    if (command) {
        sb_help_command(stdout, command);
    } else {
        sb_help_overview(stdout);
    }
    return SB_EXIT_PASSED;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        sb_help_overview(stderr);
        return SB_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        puts("switchbench " SB_VERSION);
        return SB_EXIT_PASSED;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        return help(argc - 2, argv + 2);
    }
    const struct sb_command *command = sb_command_find(name);
    return command ? run_command(command, argc - 2, argv + 2) : unknown(name);
}

int main(int argc, char **argv)
{
    sb_fs_own_streams();
    const int rc = dispatch(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) { /* a full disk must not look like a success */
        sb_say("standard output: %s", strerror(errno));
        return rc ? rc : SB_EXIT_INFRA;
    }
    return rc;
}
