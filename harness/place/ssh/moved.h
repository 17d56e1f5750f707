/* SPDX-License-Identifier: Apache-2.0 */
/** A ticket for a host that does not see the campaign's folder: what is copied there, and every path as it is there. */
#ifndef SB_SSH_MOVED_H
#define SB_SSH_MOVED_H

#include "harness/place/schedulers/scheduler.h"

struct sb_moved {
    struct sb_ticket ticket; /* with the paths there; valid as long as this */
    struct sb_place
        place; /* the place, with SWITCHBENCH_KERNELS in its environment; borrowed but for that */
    struct sb_strings from, to; /* paths here and there, pairwise */
    struct sb_strings argv, environment;
    char *job;         /* text of the job file with the paths there */
    char *programs;    /* tar archive of runner and kernels, gzip, base64 */
    char hash[17];     /* of it: names its folder there */
    char folder[4096]; /* the campaign's there */
};

/**
 * The paths of @p ticket under its place's scratch. SB_EINVAL where scratch is not absolute.
 * Nothing is asked of the host.
 */
int sb_moved_make(struct sb_moved *out, const struct sb_ticket *ticket, struct sb_error *err);
/** Copies programs (once per host), job file and users' kernels. */
int sb_moved_copy(const struct sb_moved *moved, const struct sb_ticket *ticket, const char *host,
                  struct sb_error *err);
void sb_moved_free(struct sb_moved *moved);
/** @p text with every path in @p from, where it stands as a whole or before a '/', ':', ',', as in @p to; malloc'd, NULL: no memory. */
char *sb_moved_text(const char *text, const struct sb_strings *from, const struct sb_strings *to);

#endif
