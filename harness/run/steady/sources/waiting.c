/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long our threads were ready to run and did not, because something else had their CPUs: the second number of
 * /proc/self/task/<tid>/schedstat, in ns (Documentation/scheduler/sched-stats.rst). The worst thread counts: the others wait for it.
 */
#include "harness/run/steady/source.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS_MOST 512
#define SHARE                                                                                      \
    0.02 /* of a turn: what ticks and kernel threads of a quiet machine take stays below */

struct state {
    char root[1024];
    int folder; /* /proc/self/task: how many links it has tells how many threads there are */
    nlink_t links;
    int count;
    int fd[THREADS_MOST];
    double before_ns[THREADS_MOST]; /* −1: the thread is gone */
};

static double waited_ns(int fd)
{
    char text[128];
    double waited = -1;
    return sb_steady_text(fd, text, sizeof text) > 0 && sscanf(text, "%*s %lf", &waited) == 1
               ? waited
               : -1;
}

static void close_threads(struct state *state)
{
    for (int i = 0; i < state->count; ++i) {
        close(state->fd[i]);
    }
    state->count = 0;
}

static void find_threads(struct state *state)
{
    char path[1100];
    snprintf(path, sizeof path, "%s/proc/self/task", state->root);
    DIR *folder = opendir(path);
    close_threads(state);
    for (const struct dirent *entry;
         folder && state->count < THREADS_MOST && (entry = readdir(folder));) {
        snprintf(path, sizeof path, "proc/self/task/%.20s/schedstat", entry->d_name);
        const int fd = entry->d_name[0] == '.' ? -1 : sb_steady_file(state->root, path);
        if (fd >= 0) {
            state->fd[state->count++] = fd;
        }
    }
    if (folder) {
        closedir(folder);
    }
}

static void close_waiting(void *payload)
{
    struct state *state = payload;
    close_threads(state);
    close(state->folder);
    free(state);
}

static bool open_waiting(void **out, const struct sb_steady_at *at, char *reason, size_t room)
{
    struct state *state = calloc(1, sizeof *state);
    if (!state) {
        return false;
    }
    snprintf(state->root, sizeof state->root, "%s", at->root);
    state->folder = sb_steady_file(at->root, "proc/self/task");
    find_threads(state);
    if (state->folder < 0 || state->count == 0 || waited_ns(state->fd[0]) < 0) {
        snprintf(reason, room, "the kernel has no schedstat");
        close_waiting(state);
        return false;
    }
    *out = state;
    return true;
}

static void begin(void *payload)
{
    struct state *state = payload;
    struct stat st;
    if (fstat(state->folder, &st) == 0 && st.st_nlink != state->links) {
        state->links = st.st_nlink;
        find_threads(state);
    }
    for (int i = 0; i < state->count; ++i) {
        state->before_ns[i] = waited_ns(state->fd[i]);
    }
}

static void end(void *payload, struct sb_steady_turn *turn)
{
    struct state *state = payload;
    double worst_ns = 0;
    for (int i = 0; i < state->count; ++i) {
        const double now_ns = waited_ns(state->fd[i]);
        const double more =
            now_ns >= 0 && state->before_ns[i] >= 0 ? now_ns - state->before_ns[i] : 0;
        worst_ns = more > worst_ns ? more : worst_ns;
    }
    sb_steady_add(turn, "waiting_ns", worst_ns);
    if (worst_ns > SHARE * turn->wall_ns) {
        sb_steady_mark(turn, "waiting", fmin(1, worst_ns / turn->wall_ns));
    }
}

const struct sb_steady_source sb_steady_source_waiting = {
    .name = "waiting", .open = open_waiting, .begin = begin, .end = end, .close = close_waiting};
