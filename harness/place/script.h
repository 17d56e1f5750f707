/* SPDX-License-Identifier: Apache-2.0 */
/** Job scripts: what a batch scheduler starts. Everything in them that a person named is quoted. */
#ifndef SB_SCRIPT_H
#define SB_SCRIPT_H

#include "harness/place/schedulers/scheduler.h"

/** @p text as one word of a POSIX shell, in single quotes. Appended to *@p out (realloc'd). */
int sb_script_quote(char **out, const char *text, struct sb_error *err);
/**
 * A script (malloc'd) for `/bin/bash`: first @p directives (each already "#SBATCH …", without user's words; NULL-terminated; may be
 * NULL), then modules, environment, `cd <folder>`, and `exec` of @p launcher's words (NULL-terminated; may be NULL) and ticket->argv.
 */
int sb_script_make(char **out, const struct sb_ticket *ticket, const char *const *directives,
                   const char *const *launcher, struct sb_error *err);
/** Makes the script and writes it to <folder>/jobs/<job>.sh, mode 0700; the path into @p path. */
int sb_script_write(char *path, size_t room, const struct sb_ticket *ticket,
                    const char *const *directives, const char *const *launcher,
                    struct sb_error *err);

#endif
