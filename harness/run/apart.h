/* SPDX-License-Identifier: Apache-2.0 */
/** A question answered in a process of its own: a vendor's library that crashes takes only the answer down. */
#ifndef SB_APART_H
#define SB_APART_H

#include <jansson.h>
#include <stddef.h>
#include <sys/types.h>

struct sb_apart {
    pid_t pid;
    int fd; /* becomes readable when the answer comes, or never will */
};

/** Starts a process that answers with what @p ask returns (a new reference). 0, or −1 where none can be started. */
int sb_apart_start(struct sb_apart *out, json_t *(*ask)(const void *payload), const void *payload);
/** Waits for the answer, a new reference; NULL where the process died, and @p died says of what. */
json_t *sb_apart_collect(const struct sb_apart *apart, char *died, size_t room);

#endif
