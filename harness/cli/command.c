/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/command.h"

#include "harness/util/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct sb_command *sb_command_find(const char *name)
{
    for (const struct sb_command *const *c = sb_commands; *c; ++c) {
        if (strcmp((*c)->name, name) == 0) {
            return *c;
        }
    }
    return NULL;
}

static const char *command_name(int i, const void *payload)
{
    (void)payload;
    return sb_commands[i]->name;
}

const char *sb_command_closest(const char *name)
{
    int count = 0;
    while (sb_commands[count]) {
        ++count;
    }
    return sb_text_closest(name, count, command_name, NULL);
}

void sb_say(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("switchbench: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

int sb_exit_of(int code)
{
    switch (code) {
    case SB_EINVAL:
    case SB_ENOTFOUND:
    case SB_EPARSE:
    case SB_EVERSION:
    case SB_ELIMIT: /* a size that does not fit is refused before anything runs: the configuration is at fault */
        return SB_EXIT_USAGE;
    case SB_EABSENT:
        return SB_EXIT_NOTHING;
    case SB_ECOMPILE:
        return SB_EXIT_FAILED;
    default:
        return SB_EXIT_INFRA;
    }
}
