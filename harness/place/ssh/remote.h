/* SPDX-License-Identifier: Apache-2.0 */
/** The ssh scheduler's way to a host: one `ssh HOST /bin/sh -s` per question, whose script is remote.sh and calls of its functions. */
#ifndef SB_SSH_REMOTE_H
#define SB_SSH_REMOTE_H

#include "harness/place/place.h"
#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>

#define SB_SSH_WORDS 24

/** A host as a place names it: "[user@]name[:port]", the name in brackets where it holds a ':'. */
struct sb_ssh_host {
    char name[96]; /* of the machine, or an alias in ssh's own configuration */
    char user[64]; /* "": ssh's default */
    int port;      /* 0: ssh's default */
};

/** SB_EINVAL for what ssh could take for an option, or no host at all. */
int sb_ssh_host_parse(struct sb_ssh_host *out, const char *text, struct sb_error *err);
/** The command line into @p argv (SB_SSH_WORDS plus the place's options): items are owned by @p words. */
int sb_ssh_command(struct sb_strings *words, const struct sb_place *place, const char *host,
                   struct sb_error *err);
/**
 * Runs @p calls on @p host after remote.sh; *out is what it printed (malloc'd; may hold NUL, @p length may be NULL).
 * SB_EINFRA "<host> does not answer: …" or the remote's words; SB_EABSENT without an ssh here.
 */
int sb_ssh_call(char **out, size_t *length, const struct sb_place *place, const char *host,
                const char *calls, double time_limit_s, struct sb_error *err);
/** The text of remote.sh. */
const char *sb_ssh_functions(void);
/** Appends one call, "name 'word' 'word'\n", to *@p out (realloc'd). @p words ends with NULL. */
int sb_ssh_add_call(char **out, const char *name, const char *const *words, struct sb_error *err);

/** How long @p host has not answered, in s; 0: it does. Kept by sb_ssh_call(). */
double sb_ssh_silent_s(const char *host);
/** Whether it was asked in vain a moment ago, so that asking again would only cost time. */
bool sb_ssh_is_resting(const char *host);

#endif
