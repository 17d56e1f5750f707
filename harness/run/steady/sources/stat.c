/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steal time of our CPUs, and what others ran on them: /proc/stat (proc(5)), in ticks of 10 ms as a rule. Whatever is busy and not
 * this process is others'. Each CPU's number may be off by a tick at either end, hence the margins: what is smaller than
 * them is found by "waiting", and adds up in the totals.
 */
#include "harness/run/steady/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHARE 0.05 /* of a turn, on one CPU */
#define OWN_LEAST                                                                                  \
    0.2 /* of its CPUs: a process that leaves them idle (a GPU's host) is not disturbed by others there */

struct ticks {
    double busy, steal;
};

struct state {
    int fd;
    double tick_ns;
    int count;
    const int *cpus;
    char *text;
    size_t room;
    struct ticks before;
    double *steal_before; /* of each CPU, in ticks */
    bool valid;
};

/* user nice system idle iowait irq softirq steal: guest time is within user and nice. */
static bool parse_line(struct ticks *out, const char *line)
{
    double v[8] = {0};
    const int got = sscanf(line, "%*s %lf %lf %lf %lf %lf %lf %lf %lf", &v[0], &v[1], &v[2], &v[3],
                           &v[4], &v[5], &v[6], &v[7]);
    *out = (struct ticks){v[0] + v[1] + v[2] + v[5] + v[6], v[7]};
    return got >= 4;
}

static const char *line_of(const char *from, int cpu)
{
    char key[24];
    snprintf(key, sizeof key, "\ncpu%d ", cpu);
    const char *at = strstr(from, key);
    return at ? at + 1 : NULL;
}

/* Sums over our CPUs; the greatest rise of one CPU's steal since the last time. */
static bool read_ticks(struct state *state, struct ticks *out, double *steal_rise)
{
    const long got = sb_steady_text(state->fd, state->text, state->room);
    *out = (struct ticks){0, 0};
    *steal_rise = 0;
    const char *at = state->text;
    for (int i = 0; got > 0 && i < state->count; ++i) {
        struct ticks one;
        const char *line = line_of(i > 0 && state->cpus[i] > state->cpus[i - 1] ? at : state->text,
                                   state->cpus[i]);
        if (!line || !parse_line(&one, line)) {
            return false;
        }
        at = line - 1;
        out->busy += one.busy;
        out->steal += one.steal;
        const double rise = one.steal - state->steal_before[i];
        *steal_rise = rise > *steal_rise ? rise : *steal_rise;
        state->steal_before[i] = one.steal;
    }
    return got > 0;
}

static void close_stat(void *payload)
{
    struct state *state = payload;
    if (state->fd >= 0) {
        close(state->fd);
    }
    free(state->text);
    free(state->steal_before);
    free(state);
}

static bool open_stat(void **out, const struct sb_steady_at *at, char *reason, size_t room)
{
    struct state *state = calloc(1, sizeof *state);
    if (!state) {
        return false;
    }
    const long hertz = sysconf(_SC_CLK_TCK);
    int most = 0;
    for (int i = 0; i < at->cpu_count; ++i) {
        most = at->cpus[i] > most ? at->cpus[i] : most;
    }
    state->fd = sb_steady_file(at->root, "proc/stat");
    state->tick_ns = 1e9 / (double)(hertz > 0 ? hertz : 100);
    state->count = at->cpu_count;
    state->cpus = at->cpus;
    state->room =
        ((size_t)most + 2) * 160; /* a line is that long at most: ten numbers of up to 15 digits */
    state->text = malloc(state->room);
    state->steal_before = calloc((size_t)at->cpu_count + 1, sizeof(double));
    double rise;
    if (state->fd < 0 || !state->text || !state->steal_before || state->count < 1 ||
        !read_ticks(state, &state->before, &rise)) {
        snprintf(reason, room, "/proc/stat does not tell of our CPUs");
        close_stat(state);
        return false;
    }
    *out = state;
    return true;
}

static void begin(void *payload)
{
    struct state *state = payload;
    double rise;
    state->valid = read_ticks(state, &state->before, &rise);
}

static void end(void *payload, struct sb_steady_turn *turn)
{
    struct state *state = payload;
    struct ticks now;
    double rise = 0;
    if (!state->valid || !read_ticks(state, &now, &rise)) {
        return;
    }
    const double steal_ns = rise * state->tick_ns;
    const double others_ns = (now.busy - state->before.busy) * state->tick_ns - turn->own_ns;
    const double margin_ns = (state->count + 1) * state->tick_ns;
    sb_steady_add(turn, "steal_ns", (now.steal - state->before.steal) * state->tick_ns);
    sb_steady_add(turn, "others_ns", others_ns);
    if (steal_ns > state->tick_ns && steal_ns > SHARE * turn->wall_ns) {
        sb_steady_mark(turn, "steal", steal_ns / turn->wall_ns);
    }
    if (others_ns > margin_ns && others_ns > SHARE * turn->wall_ns &&
        turn->own_ns > OWN_LEAST * turn->wall_ns * state->count) {
        sb_steady_mark(turn, "others", others_ns / turn->wall_ns);
    }
}

const struct sb_steady_source sb_steady_source_stat = {
    .name = "stat", .open = open_stat, .begin = begin, .end = end, .close = close_stat};
