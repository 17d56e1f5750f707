/* SPDX-License-Identifier: Apache-2.0 */
/** A kernel that answers perf_event_open as a test says: refusals, groups that are too large or never run, counters that wrap. */
#ifndef SB_TEST_PERF_FAKE_H
#define SB_TEST_PERF_FAKE_H

#include "harness/run/counting/perf/calls.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FAKE_FIRST 1000 /* descriptors, apart from real ones */
#define FAKE_MOST 512

struct fake_counter {
    bool is_open, on;
    uint32_t type;
    uint64_t config;
    pid_t thread;
    int cpu, group;
    bool disabled, user_only;
    uint64_t value, enabled, running;
};

static struct fake {
    struct fake_counter counter[FAKE_MOST];
    int opened, is_open; /* ever, now */
    /* what goes wrong */
    int refuse_number, refuse_with; /* the n-th open, from 1; errno */
    uint32_t refuse_type;           /* all of that type, with refuse_with */
    pid_t ended;                    /* a thread that has ended */
    int group_most;                 /* larger groups are EINVAL; 0: any */
    int group_runs;                 /* larger groups never count; 0: any */
    int read_short;                 /* bytes that reading gives; 0: all */
    int ioctl_fails;                /* errno */
    /* what a window adds to a counter that is on */
    uint64_t add_value, add_enabled, add_running;
} fake;

static int fake_group_size(int leader)
{
    int size = 0;
    for (int i = 0; i < fake.opened; ++i) {
        size += fake.counter[i].is_open && (i == leader || fake.counter[i].group == leader);
    }
    return size;
}

static int fake_open(struct perf_event_attr *attr, pid_t thread, int cpu, int group,
                     unsigned long flags)
{
    (void)flags;
    fake.refuse_number -= fake.refuse_number > 0;
    if ((fake.refuse_with && fake.refuse_number == 0 && !fake.refuse_type) ||
        (fake.refuse_type && attr->type == fake.refuse_type)) {
        errno = fake.refuse_with;
        return -1;
    }
    if (fake.ended && thread == fake.ended) {
        errno = ESRCH;
        return -1;
    }
    if (group >= 0 && fake.group_most && fake_group_size(group - FAKE_FIRST) >= fake.group_most) {
        errno = EINVAL;
        return -1;
    }
    fake.counter[fake.opened] = (struct fake_counter){.is_open = true,
                                                      .type = attr->type,
                                                      .config = attr->config,
                                                      .thread = thread,
                                                      .cpu = cpu,
                                                      .group = group < 0 ? -1 : group - FAKE_FIRST,
                                                      .disabled = attr->disabled,
                                                      .user_only = attr->exclude_kernel};
    fake.is_open++;
    return FAKE_FIRST + fake.opened++;
}

static void fake_window(struct fake_counter *counter, int leader)
{
    const bool runs = !fake.group_runs || fake_group_size(leader) <= fake.group_runs;
    counter->enabled += fake.add_enabled;
    counter->running += runs ? fake.add_running : 0;
    counter->value += runs ? fake.add_value : 0;
}

static int fake_ioctl(int fd, unsigned long request)
{
    const int leader = fd - FAKE_FIRST;
    if (fake.ioctl_fails && request == PERF_EVENT_IOC_ENABLE) {
        errno = fake.ioctl_fails;
        return -1;
    }
    for (int i = 0; i < fake.opened; ++i) {
        struct fake_counter *counter = &fake.counter[i];
        if (counter->is_open && (i == leader || counter->group == leader)) {
            if (counter->on && request == PERF_EVENT_IOC_DISABLE) {
                fake_window(counter, leader);
            }
            counter->on = request == PERF_EVENT_IOC_ENABLE;
        }
    }
    return 0;
}

static ssize_t fake_read(int fd, void *to, size_t room)
{
    const struct fake_counter *counter = &fake.counter[fd - FAKE_FIRST];
    const uint64_t told[] = {counter->value, counter->enabled, counter->running};
    const size_t length = fake.read_short ? (size_t)fake.read_short : sizeof told;
    memcpy(to, told, length < room ? length : room);
    return (ssize_t)length;
}

static int fake_close(int fd)
{
    fake.counter[fd - FAKE_FIRST].is_open = false;
    fake.is_open--;
    return 0;
}

static const struct sb_perf_calls fake_calls = {fake_open, fake_ioctl, fake_read, fake_close};

#endif
