/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/node_files.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *open_at(const char *root, const char *path)
{
    char full[2048];
    const int length = snprintf(full, sizeof full, "%s/%s", root, path);
    return length > 0 && (size_t)length < sizeof full ? fopen(full, "re") : NULL;
}

bool sb_node_exists(const char *root, const char *path)
{
    char full[2048];
    const int length = snprintf(full, sizeof full, "%s/%s", root, path);
    return length > 0 && (size_t)length < sizeof full && access(full, F_OK) == 0;
}

bool sb_node_line(char *out, size_t room, const char *root, const char *path)
{
    out[0] = '\0';
    FILE *file = open_at(root, path);
    if (!file) {
        return false;
    }
    const bool read = fgets(out, (int)room, file) != NULL;
    fclose(file);
    out[strcspn(out, "\n")] = '\0';
    return read;
}

double sb_node_number(const char *root, const char *path, double fallback)
{
    char line[128];
    char *end = line;
    const double value = sb_node_line(line, sizeof line, root, path) ? strtod(line, &end) : 0;
    return end == line ? fallback : value;
}

bool sb_node_field(char *out, size_t room, const char *root, const char *path, const char *key,
                   char mark)
{
    out[0] = '\0';
    FILE *file = open_at(root, path);
    if (!file) {
        return false;
    }
    char *line = NULL;
    size_t size = 0;
    bool found = false;
    const size_t length = strlen(key);
    while (!found && getline(&line, &size, file) > 0) {
        const char *at = line + length;
        if (strncmp(line, key, length) != 0) {
            continue;
        }
        at += strspn(at, " \t");
        if (*at == mark) {
            at += 1 + strspn(at + 1, " \t\"");
            snprintf(out, room, "%.*s", (int)strcspn(at, "\"\n"), at);
            found = true;
        }
    }
    free(line);
    fclose(file);
    return found;
}

int sb_node_list(const char *list, unsigned char *mask, int room)
{
    int count = 0;
    for (const char *at = list; isdigit((unsigned char)*at);) {
        char *end = NULL;
        const long first = strtol(at, &end, 10);
        const long last = *end == '-' ? strtol(end + 1, &end, 10) : first;
        for (long cpu = first; cpu <= last && cpu < 65536; ++cpu) {
            ++count;
            if (mask && cpu < room) {
                mask[cpu] = 1;
            }
        }
        at = *end == ',' ? end + 1 : end;
    }
    return count;
}

/* The least that read() finds in every folder from mount/path up to mount. */
static double least_upwards(const char *root, const char *mount, const char *path, double most,
                            double (*read)(const char *root, const char *folder))
{
    char folder[1024];
    snprintf(folder, sizeof folder, "%s%s", mount, strcmp(path, "/") == 0 ? "" : path);
    while (strlen(folder) >= strlen(mount)) {
        const double limit = read(root, folder);
        most = limit > 0 && limit < most ? limit : most;
        *strrchr(folder, '/') = '\0';
    }
    return most;
}

static double memory_v2(const char *root, const char *folder)
{
    char path[1100];
    snprintf(path, sizeof path, "%s/memory.max", folder);
    return sb_node_number(root, path, 0);
}

static double memory_v1(const char *root, const char *folder)
{
    char path[1100];
    snprintf(path, sizeof path, "%s/memory.limit_in_bytes", folder);
    return sb_node_number(root, path, 0);
}

static double quota_v2(const char *root, const char *folder)
{
    char path[1100], line[128];
    double quota = 0, period = 0;
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    const bool said = sb_node_line(line, sizeof line, root, path) &&
                      sscanf(line, "%lf %lf", &quota, &period) == 2 && period > 0;
    return said ? quota / period : 0;
}

static double quota_v1(const char *root, const char *folder)
{
    char path[1100];
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    const double quota = sb_node_number(root, path, -1);
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    const double period = sb_node_number(root, path, 0);
    return quota > 0 && period > 0 ? quota / period : 0;
}

/* Is @p name one of the comma-separated @p controllers? */
static bool among(const char *controllers, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = controllers; *at; at += strcspn(at, ","), at += *at == ',') {
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

bool sb_node_cgroup(char *out, size_t room, const char *root, const char *controller)
{
    FILE *file = open_at(root, "proc/self/cgroup");
    char line[1024];
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path) {
            continue;
        }
        *path++ = '\0';
        found = controller ? among(controllers + 1, controller) : controllers[1] == '\0';
        snprintf(out, room, "%s", path);
    }
    if (file) {
        fclose(file);
    }
    return found;
}

/* Walks /proc/self/cgroup; v2 is mounted at /sys/fs/cgroup, or beside v1 at /sys/fs/cgroup/unified. */
static double limit_of(const char *root, const char *controller, double most,
                       double (*v1)(const char *, const char *),
                       double (*v2)(const char *, const char *))
{
    FILE *file = open_at(root, "proc/self/cgroup");
    char line[1024];
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path) {
            continue;
        }
        *path++ = '\0';
        char mount[128];
        if (controllers[1] == '\0') {
            most = least_upwards(root, "sys/fs/cgroup", path, most, v2);
            most = least_upwards(root, "sys/fs/cgroup/unified", path, most, v2);
        } else if (among(controllers + 1, controller)) {
            snprintf(mount, sizeof mount, "sys/fs/cgroup/%s", controller);
            most = least_upwards(root, mount, path, most, v1);
        }
    }
    if (file) {
        fclose(file);
    }
    return most;
}

double sb_node_memory_limit(const char *root, double most)
{
    return limit_of(root, "memory", most, memory_v1, memory_v2);
}

double sb_node_cpu_quota(const char *root, double most)
{
    return ceil(limit_of(root, "cpu", most, quota_v1, quota_v2));
}
