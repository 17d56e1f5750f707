/* SPDX-License-Identifier: Apache-2.0 */
/** The command that opens a failing cell in a debugger or a checker. A table; nothing is run here. */
#ifndef SB_DEBUGGER_H
#define SB_DEBUGGER_H

#include "harness/plan/campaign.h"
#include "harness/util/error.h"

#include <stdbool.h>

/** What is known of the failing case. */
struct sb_debug_case {
    const char *backend, *target;
    const char *runner, *job; /* the program, and the job file that it gets */
    const char *function;     /* the first launch that differs, or simply the first */
    int before;               /* launches of the same function before it */
    bool readable;            /* compiled without optimisation */
    const char *kind;         /* of the cause: "race", …; "" where unknown */
    const char *file;         /* of a finding: name and line; NULL where there is none */
    int line;
    bool located; /* the finding says which thread of which block */
    int thread[3], block[3];
};

/** Names of all, ends with NULL. */
extern const char *const sb_debuggers[];
/** The one that is usual for @p backend. */
const char *sb_debugger_usual(const char *backend);
/** The target to compile for under @p name, where it cannot take the cell's own; else that. */
const char *sb_debugger_target(const char *name, const struct sb_debug_case *c);
/**
 * Fills @p argv, environment assignments first ("env", "NAME=value", …). SB_EINVAL: not for this backend. SB_EABSENT: it
 * is not installed, with the package that has it.
 */
int sb_debugger_command(struct sb_strings *argv, const char *name, const struct sb_debug_case *c,
                        struct sb_error *err);
/** The command as a shell takes it; *out is the caller's to free. SB_ENOMEM. */
int sb_debugger_quote(char **out, const struct sb_strings *argv, struct sb_error *err);

#endif
