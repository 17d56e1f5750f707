/* SPDX-License-Identifier: Apache-2.0 */
/* perf_event_open(2), "ERRORS"; Documentation/admin-guide/perf-security.rst: what each level forbids. */
#include "harness/run/counting/perf/counters.h"

#include <errno.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPABILITY "the capability CAP_PERFMON (before Linux 5.8: CAP_SYS_ADMIN)"

/* kernel.perf_event_paranoid; INT_MIN where it cannot be read. */
static int paranoia(void)
{
    char text[32];
    return sb_perf_line(text, sizeof text, "/proc/sys/kernel/perf_event_paranoid") ? atoi(text)
                                                                                   : INT_MIN;
}

/* Whether a filter of system calls, as engines put over containers, is in force. */
static bool is_filtered(void)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    bool filtered = false;
    while (file && fgets(line, sizeof line, file)) {
        filtered = filtered || strcmp(line, "Seccomp:\t2\n") == 0;
    }
    if (file) {
        fclose(file);
    }
    return filtered;
}

/* The level that allows it to everybody. */
static int allowed_at(const struct sb_perf_event *event)
{
    return event->kind == SB_PERF_UNCORE                        ? 0
           : event->kind == SB_PERF_OTHER || event->kernel_only ? 1
                                                                : 2;
}

static int filtered(struct sb_error *err)
{
    return sb_fail(
        err, SB_EABSENT,
        "the container's filter of system calls (seccomp) forbids perf_event_open: start "
        "it with '--cap-add PERFMON', or with a seccomp profile that allows the call");
}

static int forbidden(const struct sb_perf_event *event, int reason, struct sb_error *err)
{
    const int level = paranoia();
    const int allowed = allowed_at(event);
    if (level <= allowed && level != INT_MIN) {
        return sb_fail(
            err, SB_EABSENT,
            "the system forbids counting (%s) although kernel.perf_event_paranoid is %d: "
            "ask the administrator for " CAPABILITY
            ", or whether a security module (SELinux, lockdown) forbids it",
            strerror(reason), level);
    }
    return sb_fail(err, SB_EABSENT,
                   "the kernel forbids counting %s (kernel.perf_event_paranoid is %d): ask the "
                   "administrator for %d or less, or for " CAPABILITY,
                   event->kind == SB_PERF_UNCORE ? "what others do too"
                   : event->kernel_only          ? "what happens in the kernel"
                                                 : "here",
                   level, allowed);
}

int sb_perf_refused(const struct sb_perf_event *event, int reason, struct sb_error *err)
{
    const char *name = event->told.name;
    switch (reason) {
    case EACCES: /* the kernel's own answer; filters say EPERM, or as if there were no such call */
        return forbidden(event, reason, err);
    case EPERM:
        return is_filtered() ? filtered(err) : forbidden(event, reason, err);
    case ENOSYS:
        return is_filtered() ? filtered(err)
                             : sb_fail(err, SB_EABSENT,
                                       "this kernel was built without perf_event_open "
                                       "(CONFIG_PERF_EVENTS): boot one that has it");
    case ENOENT:
    case EOPNOTSUPP:
    case ENODEV:
    case ENXIO:
        return sb_fail(err, SB_EABSENT,
                       event->kind == SB_PERF_SOFTWARE
                           ? "this kernel does not count it: it was built without"
                           : "this processor, or the virtual machine it is, gives no counter for "
                             "it: run on the bare machine, or ask for a virtual PMU");
    case EINVAL:
        return sb_fail(err, SB_EABSENT,
                       "the processor cannot count %s as it was asked for: look for its code in "
                       "the processor's manual",
                       name);
    case EMFILE:
    case ENFILE:
        return sb_fail(err, SB_EABSENT,
                       "too many open files, for each event needs one a thread: raise the limit "
                       "(ulimit -n) or use fewer threads");
    case ESRCH:
        return sb_fail(err, SB_EABSENT, "the threads that computed have ended: nothing to count");
    case EBUSY:
        return sb_fail(err, SB_EABSENT,
                       "another program holds the counter that %s needs: end other profilers",
                       name);
    default:
        return sb_fail(err, SB_EABSENT, "%s cannot be counted here: %s", name, strerror(reason));
    }
}
