/* SPDX-License-Identifier: Apache-2.0 */
/** The system calls of perf_event, in a table that tests exchange for the faults a kernel does not produce on demand. */
#ifndef SB_PERF_CALLS_H
#define SB_PERF_CALLS_H

#include <linux/perf_event.h>
#include <sys/types.h>

struct sb_perf_calls {
    /** perf_event_open(2): a file descriptor, or −1 and errno. */
    int (*open)(struct perf_event_attr *attr, pid_t thread, int cpu, int group,
                unsigned long flags);
    int (*ioctl)(int fd, unsigned long request);
    ssize_t (*read)(int fd, void *to, size_t room);
    int (*close)(int fd);
};
extern struct sb_perf_calls sb_perf_calls;

#endif
