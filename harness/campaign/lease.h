/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who drives a campaign: driver.json {host, boot, pid, start, beat}, renewed every few seconds. It tells other hosts what a lock
 * cannot on a file system without locks. Clocks are never compared: a holder on another host is alive if its beat changes.
 */
#ifndef SB_LEASE_H
#define SB_LEASE_H

#include "harness/util/error.h"

#include <stdbool.h>

#define SB_LEASE_RENEW_S 5

struct sb_lease {
    char host[256];
    char boot[40]; /* of the holder's machine, /proc/sys/kernel/random/boot_id */
    long pid;
    unsigned long long start; /* of the process, as sb_process_start_time() */
    long long beat;
};

/** The holder as the folder tells it; SB_ENOTFOUND: nobody drives. */
int sb_lease_read(struct sb_lease *out, const char *folder);
/**
 * Whether the holder lives. On this machine that is known at once; for another host the beat is watched for up to
 * @p patience_s (0: alive is assumed).
 */
bool sb_lease_alive(const struct sb_lease *lease, const char *folder, double patience_s);
/** Takes it. SB_EINVAL "… drives it from HOST (process N) …" where somebody else does. */
int sb_lease_take(struct sb_lease *out, const char *folder, struct sb_error *err);
/** Renews; SB_EINVAL where another driver has taken it meanwhile: this one must stop. */
int sb_lease_renew(struct sb_lease *lease, const char *folder, struct sb_error *err);
void sb_lease_drop(const struct sb_lease *lease, const char *folder);

#endif
