/* SPDX-License-Identifier: Apache-2.0 */
/* Time in which somebody here waited for memory (reclaim, swap, refaults): the total of "some" in /proc/pressure/memory, in µs
 * (Documentation/accounting/psi.rst). */
#include "harness/run/steady/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SHARE 0.02 /* of a turn */

struct state {
    int fd;
    double before_us;
};

static void close_memory(void *payload)
{
    struct state *state = payload;
    close(state->fd);
    free(state);
}

static bool open_memory(void **out, const struct sb_steady_at *at, char *reason, size_t room)
{
    struct state *state = calloc(1, sizeof *state);
    const int fd = sb_steady_file(at->root, "proc/pressure/memory");
    if (!state || fd < 0 || sb_steady_number(fd, "total=") < 0) {
        snprintf(reason, room, "no /proc/pressure");
        if (fd >= 0) {
            close(fd);
        }
        free(state);
        return false;
    }
    state->fd = fd;
    *out = state;
    return true;
}

static void begin(void *payload)
{
    struct state *state = payload;
    state->before_us = sb_steady_number(state->fd, "total=");
}

static void end(void *payload, struct sb_steady_turn *turn)
{
    const struct state *state = payload;
    const double now_us = sb_steady_number(state->fd, "total=");
    const double stalled_ns =
        now_us >= 0 && state->before_us >= 0 ? (now_us - state->before_us) * 1e3 : 0;
    sb_steady_add(turn, "memory_ns", stalled_ns);
    if (stalled_ns > SHARE * turn->wall_ns) {
        sb_steady_mark(turn, "memory", stalled_ns / turn->wall_ns);
    }
}

const struct sb_steady_source sb_steady_source_memory = {
    .name = "memory", .open = open_memory, .begin = begin, .end = end, .close = close_memory};
