/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/rapl.h"

#include "harness/run/counting/sysfs.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const names[SB_RAPL_DOMAINS] = {
    [SB_RAPL_PACKAGE] = "package", [SB_RAPL_CORE] = "core", [SB_RAPL_UNCORE] = "uncore",
    [SB_RAPL_DRAM] = "dram",       [SB_RAPL_PSYS] = "psys",
};

const char *sb_rapl_domain_name(enum sb_rapl_domain domain)
{
    return names[domain];
}

/* "package-0", "package-1-die-0", "core", "uncore", "dram", "psys". */
static enum sb_rapl_domain domain_of(const char *zone)
{
    for (int d = 0; d < SB_RAPL_DOMAINS; ++d) {
        const size_t length = strlen(names[d]);
        if (strncmp(zone, names[d], length) == 0 && (!zone[length] || zone[length] == '-')) {
            return (enum sb_rapl_domain)d;
        }
    }
    return SB_RAPL_DOMAINS;
}

/* The greatest of the zone's limits: it draws more than the lower ones for as long as seconds (PL2). */
static double rated_W(const char *zone)
{
    double most = 0;
    for (int c = 0; c < 8; ++c) {
        static const char *const what[] = {"max_power_uw", "power_limit_uw"};
        for (int w = 0; w < 2; ++w) {
            char path[500];
            uint64_t limit_uW = 0;
            struct sb_error ignored;
            snprintf(path, sizeof path, "%s/constraint_%d_%s", zone, c, what[w]);
            if (sb_sysfs_number(&limit_uW, path, &ignored) == 0) {
                most = fmax(most, (double)limit_uW * 1e-6);
            }
        }
    }
    return most > 0 ? most : SB_RAPL_RATED_W;
}

/* A zone that cannot be told by name is none of ours. */
static int add_zone(struct sb_rapl *out, const char *zone, struct sb_error *err)
{
    char path[500];
    char name[64];
    struct sb_error ignored;
    snprintf(path, sizeof path, "%s/name", zone);
    if (out->count >= SB_RAPL_COUNTERS || sb_sysfs_line(name, sizeof name, path, &ignored) != 0 ||
        domain_of(name) == SB_RAPL_DOMAINS) {
        return 0;
    }
    struct sb_rapl_counter counter = {
        .domain = domain_of(name), .fd = -1, .unit_J = 1e-6, .rated_W = rated_W(zone)};
    snprintf(path, sizeof path, "%s/max_energy_range_uj", zone);
    int code = sb_sysfs_number(&counter.range, path, err);
    snprintf(counter.path, sizeof counter.path, "%s/energy_uj", zone);
    uint64_t value = 0;
    code = code != 0 ? code : sb_sysfs_number(&value, counter.path, err);
    if (code == 0) {
        out->counter[out->count++] = counter;
    } else {
        snprintf(out->missing[counter.domain], sizeof out->missing[counter.domain], "%s",
                 err->text);
    }
    return code;
}

static int open_powercap(struct sb_rapl *out, const char *root, struct sb_error *err)
{
    char pattern[300];
    glob_t found;
    /* not intel-rapl-mmio:*, the same counters again */
    snprintf(pattern, sizeof pattern, "%s/sys/class/powercap/intel-rapl:*", root);
    if (glob(pattern, 0, NULL, &found) != 0) {
        return sb_fail(err, SB_ENOTFOUND, "there is no powercap zone");
    }
    int code = 0;
    for (size_t i = 0; i < found.gl_pathc; ++i) {
        struct sb_error why;
        const int told = add_zone(out, found.gl_pathv[i], &why);
        code = told != 0 && code == 0 ? sb_fail(err, told, "%s", why.text) : code;
    }
    globfree(&found);
    out->through = "powercap";
    return out->count > 0 ? 0 : code != 0 ? code : sb_fail(err, SB_ENOTFOUND, "no powercap zone");
}

static int none(const char *root, struct sb_error *err)
{
    if (sb_sysfs_cpu_has(root, "hypervisor")) {
        return sb_fail(
            err, SB_EABSENT,
            "this is a virtual machine that shows no energy counters of its processor: run on the "
            "bare machine");
    }
    return sb_fail(
        err, SB_EABSENT,
        "this machine shows no RAPL energy counters: on x86, ask the administrator for the module "
        "intel_rapl_msr; other processors have none (see source hwmon)");
}

int sb_rapl_open(struct sb_rapl *out, const char *root, struct sb_error *err)
{
    struct sb_error powercap;
    struct sb_error perf;
    *out = (struct sb_rapl){0};
    const int code = open_powercap(out, root, &powercap);
    if (code == 0) {
        return 0;
    }
    *out = (struct sb_rapl){0}; /* nor what powercap lacks */
    const int other = sb_rapl_open_perf(out, root, &perf);
    if (other == 0) {
        return 0;
    }
    if (code == SB_EABSENT) {
        return sb_fail(
            err, SB_EABSENT,
            "%s: since CVE-2020-8694 only root reads it; ask the administrator to let a group of "
            "yours read energy_uj, or for kernel.perf_event_paranoid of 0 or CAP_PERFMON",
            powercap.text);
    }
    if (code != SB_ENOTFOUND) {
        return sb_fail(err, SB_EABSENT, "%s", powercap.text);
    }
    return other == SB_ENOTFOUND ? none(root, err) : sb_fail(err, SB_EABSENT, "%s", perf.text);
}

int sb_rapl_read(uint64_t *out, const struct sb_rapl_counter *counter, struct sb_error *err)
{
    if (counter->fd < 0) {
        struct sb_error why;
        return sb_sysfs_number(out, counter->path, &why) == 0
                   ? 0
                   : sb_fail(err, SB_EDEVICE, "%s", why.text);
    }
    return read(counter->fd, out, sizeof *out) == sizeof *out
               ? 0
               : sb_fail(err, SB_EDEVICE, "the energy event of perf cannot be read any more");
}

bool sb_rapl_has(const struct sb_rapl *rapl, enum sb_rapl_domain domain)
{
    for (int i = 0; i < rapl->count; ++i) {
        if (rapl->counter[i].domain == domain) {
            return true;
        }
    }
    return false;
}

void sb_rapl_close(struct sb_rapl *rapl)
{
    for (int i = 0; i < rapl->count; ++i) {
        if (rapl->counter[i].fd >= 0) {
            close(rapl->counter[i].fd);
        }
    }
    rapl->count = 0;
}
