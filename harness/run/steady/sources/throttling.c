/* SPDX-License-Identifier: Apache-2.0 */
/* How often heat or power made the cores slower: thermal_throttle/ of each of our CPUs (Intel; Documentation/ABI/testing/
 * sysfs-devices-system-cpu). The package's counter is the same in each of its CPUs: the greatest rise of any counter counts. */
#include "harness/run/steady/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILES_MOST 512

struct state {
    int count;
    int fd[FILES_MOST];
    double before[FILES_MOST];
};

static void close_throttling(void *payload)
{
    struct state *state = payload;
    for (int i = 0; i < state->count; ++i) {
        close(state->fd[i]);
    }
    free(state);
}

static bool open_throttling(void **out, const struct sb_steady_at *at, char *reason, size_t room)
{
    static const char *const files[] = {"core_throttle_count", "package_throttle_count"};
    struct state *state = calloc(1, sizeof *state);
    for (int i = 0; state && i < at->cpu_count; ++i) {
        for (int f = 0; f < 2 && state->count < FILES_MOST; ++f) {
            char path[128];
            snprintf(path, sizeof path, "sys/devices/system/cpu/cpu%d/thermal_throttle/%s",
                     at->cpus[i], files[f]);
            const int fd = sb_steady_file(at->root, path);
            if (fd >= 0) {
                state->fd[state->count++] = fd;
            }
        }
    }
    if (state && state->count == 0) {
        snprintf(reason, room, "no thermal_throttle in /sys");
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
        state->before[i] = sb_steady_number(state->fd[i], NULL);
    }
}

static void end(void *payload, struct sb_steady_turn *turn)
{
    const struct state *state = payload;
    double most = 0;
    for (int i = 0; i < state->count; ++i) {
        const double now = sb_steady_number(state->fd[i], NULL);
        const double more = now >= 0 && state->before[i] >= 0 ? now - state->before[i] : 0;
        most = more > most ? more : most;
    }
    sb_steady_add(turn, "throttlings", most);
    if (most > 0) {
        sb_steady_mark(turn, "throttling", most);
    }
}

const struct sb_steady_source sb_steady_source_throttling = {.name = "throttling",
                                                             .open = open_throttling,
                                                             .begin = begin,
                                                             .end = end,
                                                             .close = close_throttling};
