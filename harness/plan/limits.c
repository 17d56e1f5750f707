/* SPDX-License-Identifier: Apache-2.0 */
/* What this process may use of the machine: memory, cores, cache, vector width. */
#include "harness/plan/kernels.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double number_in(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        return 0;
    }
    double value = 0;
    if (fscanf(file, "%lf", &value) != 1) {
        value = 0; /* "max" */
    }
    fclose(file);
    return value;
}

/* The least of `file` in every folder from root/path up to root. */
static double least_upwards(double most, const char *root, const char *path, const char *file)
{
    char folder[1024];
    snprintf(folder, sizeof folder, "%s", path);
    for (;;) {
        char name[1400];
        snprintf(name, sizeof name, "%s%s/%s", root, folder, file);
        const double limit = number_in(name);
        if (limit > 0 && limit < most) {
            most = limit;
        }
        char *slash = strrchr(folder, '/');
        if (!slash || folder[0] == '\0') {
            return most;
        }
        *slash = '\0';
    }
}

double sb_memory_allowed(void)
{
    double most = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[1024];
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path) {
            continue;
        }
        *path++ = '\0';
        ++controllers;
        if (*controllers == '\0') {
            most = least_upwards(most, "/sys/fs/cgroup", path, "memory.max");
            most = least_upwards(most, "/sys/fs/cgroup/unified", path, "memory.max");
        } else if (strcmp(controllers, "memory") == 0) {
            most = least_upwards(most, "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes");
        }
    }
    if (file) {
        fclose(file);
    }
    return most;
}

/* "oom_kill 3" in a file of a memory cgroup; −1: no such file. */
static long long oom_kills_in(const char *root, const char *path, const char *file)
{
    char name[1400];
    char line[256];
    long long kills = -1;
    snprintf(name, sizeof name, "%s%s/%s", root, path, file);
    FILE *events = fopen(name, "re");
    while (events && fgets(line, sizeof line, events)) {
        if (sscanf(line, "oom_kill %lld", &kills) == 1) {
            break;
        }
    }
    if (events) {
        fclose(events);
    }
    return kills;
}

long long sb_oom_kills(void)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[1024];
    long long kills = -1;
    while (file && kills < 0 && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path) {
            continue;
        }
        *path++ = '\0';
        ++controllers;
        /* a container may see its own cgroup as the root */
        for (int i = 0; i < 2 && kills < 0; ++i) {
            const char *at = i == 0 ? path : "";
            if (*controllers == '\0') {
                kills = oom_kills_in("/sys/fs/cgroup", at, "memory.events");
            } else if (strcmp(controllers, "memory") == 0) {
                kills = oom_kills_in("/sys/fs/cgroup/memory", at, "memory.oom_control");
            }
        }
    }
    if (file) {
        fclose(file);
    }
    return kills > 0 ? kills : 0;
}

double sb_cache_bytes(void)
{
    double most = 0;
    for (int index = 0; index < 8; ++index) {
        char path[128];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", index);
        FILE *file = fopen(path, "re");
        if (!file) {
            break;
        }
        double size = 0;
        char unit = 0;
        if (fscanf(file, "%lf%c", &size, &unit) >= 1) {
            size *= unit == 'K' ? 1024.0 : unit == 'M' ? 1048576.0 : 1.0;
            most = size > most ? size : most;
        }
        fclose(file);
    }
    return most;
}

int sb_cores_allowed(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    const int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    double quota = number_in("/sys/fs/cgroup/cpu.max");
    double period = 100000;
    if (quota <= 0) {
        quota = number_in("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
        const double told = number_in("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
        period = told > 0 ? told : period;
    }
    const int by_quota = quota > 0 ? (int)((quota + period - 1) / period) : count;
    return by_quota >= 1 && by_quota < count ? by_quota : count;
}

void sb_machine_here(struct sb_machine *out, const char *backend)
{
    /* The answers do not change while a campaign is planned, and each costs files to read. */
    static int cores;
    static double cache_bytes;
    if (cores == 0) {
        cores = sb_cores_allowed();
        cache_bytes = sb_cache_bytes();
    }
    *out = (struct sb_machine){.backend = backend, .cores = cores, .cache_bytes = cache_bytes};
#if defined(__x86_64__)
    __builtin_cpu_init();
    out->simd_bytes = __builtin_cpu_supports("avx512f") ? 64
                      : __builtin_cpu_supports("avx2")  ? 32
                                                        : 16;
#elif defined(__aarch64__)
    out->simd_bytes = 16;
#endif
}
