/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time in which the cgroup's CPU quota was used up and its threads had to stand still: cpu.stat of every enclosing cgroup that has a
 * quota, throttled_usec in version 2, throttled_time (ns) in version 1 (Documentation/admin-guide/cgroup-v2.rst).
 */
#include "harness/run/node_files.h"
#include "harness/run/steady/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CGROUPS_MOST 16

struct state {
    int count;
    int fd[CGROUPS_MOST];
    double unit_ns[CGROUPS_MOST];
    double before[CGROUPS_MOST];
};

static const struct version {
    const char *mounts[3]; /* one of them; ends with NULL */
    const char *limit, *key;
    double unit_ns;
} versions[] = {
    {{"sys/fs/cgroup", "sys/fs/cgroup/unified", NULL}, "cpu.max", "throttled_usec ", 1e3},
    {{"sys/fs/cgroup/cpu,cpuacct", "sys/fs/cgroup/cpu", NULL},
     "cpu.cfs_quota_us",
     "throttled_time ",
     1},
};

static double throttled(const struct state *state, int i)
{
    return sb_steady_number(state->fd[i],
                            state->unit_ns[i] > 1 ? versions[0].key : versions[1].key);
}

/* Every folder from @p folder up to its mount that has a quota. */
static void open_upwards(struct state *state, const char *root, const char *mount, const char *path,
                         const struct version *version)
{
    char folder[1024], file[1100], limit[64];
    snprintf(folder, sizeof folder, "%s%s", mount, strcmp(path, "/") == 0 ? "" : path);
    while (strlen(folder) >= strlen(mount) && state->count < CGROUPS_MOST) {
        snprintf(file, sizeof file, "%s/%s", folder, version->limit);
        if (sb_node_line(limit, sizeof limit, root, file) && limit[0] >= '0' && limit[0] <= '9') {
            snprintf(file, sizeof file, "%s/cpu.stat", folder);
            const int fd = sb_steady_file(root, file);
            state->fd[state->count] = fd;
            state->unit_ns[state->count] = version->unit_ns;
            if (fd >= 0 && throttled(state, state->count) >= 0) {
                state->count++;
            } else if (fd >= 0) {
                close(fd);
            }
        }
        *strrchr(folder, '/') = '\0';
    }
}

static void close_quota(void *payload)
{
    struct state *state = payload;
    for (int i = 0; i < state->count; ++i) {
        close(state->fd[i]);
    }
    free(state);
}

static bool open_quota(void **out, const struct sb_steady_at *at, char *reason, size_t room)
{
    struct state *state = calloc(1, sizeof *state);
    for (size_t v = 0; state && v < sizeof versions / sizeof *versions; ++v) {
        char path[800];
        if (!sb_node_cgroup(path, sizeof path, at->root, v == 0 ? NULL : "cpu")) {
            continue;
        }
        for (int m = 0; versions[v].mounts[m]; ++m) {
            open_upwards(state, at->root, versions[v].mounts[m], path, &versions[v]);
        }
    }
    if (state && state->count == 0) {
        snprintf(reason, room, "no CPU quota");
        free(state);
        return false;
    }
    *out = state;
    return state != NULL;
}

static void begin(void *payload)
{
    struct state *state = payload;
    for (int i = 0; i < state->count; ++i) {
        state->before[i] = throttled(state, i);
    }
}

static void end(void *payload, struct sb_steady_turn *turn)
{
    const struct state *state = payload;
    double most_ns = 0;
    for (int i = 0; i < state->count; ++i) {
        const double now = throttled(state, i);
        const double more_ns =
            now >= 0 && state->before[i] >= 0 ? (now - state->before[i]) * state->unit_ns[i] : 0;
        most_ns = more_ns > most_ns ? more_ns : most_ns;
    }
    sb_steady_add(turn, "quota_ns", most_ns);
    if (most_ns > 0) {
        sb_steady_mark(turn, "quota", most_ns / turn->wall_ns);
    }
}

const struct sb_steady_source sb_steady_source_quota = {
    .name = "quota", .open = open_quota, .begin = begin, .end = end, .close = close_quota};
