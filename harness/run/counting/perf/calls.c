/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/perf/calls.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_event(struct perf_event_attr *attr, pid_t thread, int cpu, int group,
                      unsigned long flags)
{
    return (int)syscall(SYS_perf_event_open, attr, thread, cpu, group, flags);
}

static int control(int fd, unsigned long request)
{
    return ioctl(fd, request, 0);
}

struct sb_perf_calls sb_perf_calls = {
    .open = open_event, .ioctl = control, .read = read, .close = close};
