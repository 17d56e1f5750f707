/* SPDX-License-Identifier: Apache-2.0 */
/* RAPL through perf: /sys/bus/event_source/devices/power (arch/x86/events/rapl.c). The kernel counts in 64 bits, so these do
 * not wrap; each event is of the socket of the processor that it is opened on, one of the PMU's cpumask. */
#include "harness/run/counting/rapl.h"
#include "harness/run/counting/sysfs.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *event;
    enum sb_rapl_domain domain;
} events[] = {
    {"energy-pkg", SB_RAPL_PACKAGE}, {"energy-cores", SB_RAPL_CORE}, {"energy-gpu", SB_RAPL_UNCORE},
    {"energy-ram", SB_RAPL_DRAM},    {"energy-psys", SB_RAPL_PSYS},
};

static int open_event(uint64_t type, uint64_t config, int cpu)
{
    struct perf_event_attr attr = {.size = sizeof attr, .type = (uint32_t)type, .config = config};
    return (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int refused(const char *root, const char *event, int reason, struct sb_error *err)
{
    char path[300];
    char paranoia[16] = "not told";
    struct sb_error ignored;
    snprintf(path, sizeof path, "%s/proc/sys/kernel/perf_event_paranoid", root);
    (void)sb_sysfs_line(paranoia, sizeof paranoia, path, &ignored);
    return reason == EACCES || reason == EPERM
               ? sb_fail(err, SB_EABSENT,
                         "the kernel forbids perf's power events (kernel.perf_event_paranoid is "
                         "%s): ask for "
                         "0, or for the capability CAP_PERFMON",
                         paranoia)
               : sb_fail(err, SB_EABSENT, "perf's event power/%s/ does not open: %s", event,
                         strerror(reason));
}

/* One event on each processor of the mask, "0,18" or "0-1". */
static int open_sockets(struct sb_rapl *out, const struct sb_rapl_counter *like, uint64_t type,
                        uint64_t config, const char *mask)
{
    int reason = 0;
    for (const char *at = mask; *at;) {
        char *end = NULL;
        const long first = strtol(at, &end, 10);
        const long last = *end == '-' ? strtol(end + 1, &end, 10) : first;
        if (end == at) {
            break;
        }
        for (long cpu = first; cpu <= last && out->count < SB_RAPL_COUNTERS; ++cpu) {
            const int fd = open_event(type, config, (int)cpu);
            reason = fd < 0 ? errno : reason;
            if (fd >= 0) {
                out->counter[out->count] = *like;
                out->counter[out->count++].fd = fd;
            }
        }
        at = *end == ',' ? end + 1 : end;
        if (at == end && *at) {
            break;
        }
    }
    return reason;
}

static int add_event(struct sb_rapl *out, const char *pmu, const char *root, size_t which,
                     uint64_t type, const char *mask, struct sb_error *err)
{
    char path[400];
    char line[64];
    struct sb_error ignored;
    snprintf(path, sizeof path, "%s/events/%s", pmu, events[which].event);
    if (sb_sysfs_line(line, sizeof line, path, &ignored) != 0) {
        return 0;
    }
    if (strncmp(line, "event=", 6) != 0) {
        return sb_fail(err, SB_EABSENT, "%s says '%s', which is no event", path, line);
    }
    const uint64_t config = strtoull(line + 6, NULL, 0);
    struct sb_rapl_counter counter = {.domain = events[which].domain, .fd = -1};
    snprintf(path, sizeof path, "%s/events/%s.scale", pmu, events[which].event);
    const int code = sb_sysfs_line(line, sizeof line, path, err);
    counter.unit_J = code == 0 ? strtod(line, NULL) : 0;
    if (counter.unit_J <= 0) {
        return sb_fail(err, SB_EABSENT, "%s gives no scale of joules", path);
    }
    const int reason = open_sockets(out, &counter, type, config, mask);
    return reason != 0 ? refused(root, events[which].event, reason, err) : 0;
}

int sb_rapl_open_perf(struct sb_rapl *out, const char *root, struct sb_error *err)
{
    char pmu[256];
    char path[300];
    char mask[256] = "0";
    uint64_t type = 0;
    struct sb_error ignored;
    snprintf(pmu, sizeof pmu, "%s/sys/bus/event_source/devices/power", root);
    snprintf(path, sizeof path, "%s/type", pmu);
    if (sb_sysfs_number(&type, path, err) != 0) {
        return SB_ENOTFOUND;
    }
    snprintf(path, sizeof path, "%s/cpumask", pmu);
    (void)sb_sysfs_line(mask, sizeof mask, path, &ignored);
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof events / sizeof *events; ++i) {
        code = add_event(out, pmu, root, i, type, mask, err);
    }
    out->through = "perf";
    if (code == 0 && out->count == 0) {
        code = sb_fail(err, SB_ENOTFOUND, "perf's PMU power has no energy event");
    }
    if (code != 0) {
        sb_rapl_close(out);
    }
    return code;
}
