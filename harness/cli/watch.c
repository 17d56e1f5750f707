/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/watch.h"

#include "harness/plan/kernels.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define ROUND "SWITCHBENCH_WATCH_ROUND"
#define QUIET_MS 20   /* a save is several events: it is over when none came for so long … */
#define QUIET_MOST 25 /* … or after so many of these */
#define FOLDERS 3

struct watch {
    int fd; /* of inotify */
    char folder[FOLDERS][PATH_MAX];
    int number[FOLDERS]; /* inotify's, of each folder */
    char built_in[64];   /* "stencil.c" where the kernel is part of this program; else empty */
    char saved[NAME_MAX + 1];
    pid_t child;
    double processor_s; /* of the latest child, and of all that it started */
    unsigned long long saved_ns;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    stopped = number == SIGCHLD ? stopped : 1; /* SIGCHLD only wakes */
}

int sb_watch_round(void)
{
    const char *text = getenv(ROUND);
    return text ? (int)strtol(text, NULL, 10) : 0;
}

static int add_folders(struct watch *w, struct sb_error *err)
{
    for (int i = 0; i < FOLDERS; ++i) {
        w->number[i] = inotify_add_watch(w->fd, w->folder[i],
                                         IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR |
                                             IN_DELETE_SELF | IN_MOVE_SELF);
        if (w->number[i] < 0) {
            return sb_fail(err, errno == ENOENT ? SB_ENOTFOUND : SB_EIO, "cannot watch %s: %s",
                           w->folder[i], strerror(errno));
        }
    }
    return 0;
}

static int begin(struct watch *w, const char *kernel, struct sb_error *err)
{
    memset(w, 0, sizeof *w);
    const char *all = sb_kernels_folder();
    int code = 0;
    if (strchr(kernel, '/')) {
        code = sb_fs_join(w->folder[0], sizeof w->folder[0], kernel, ".", err);
    } else {
        code = sb_fs_join(w->folder[0], sizeof w->folder[0], all, kernel, err);
        snprintf(w->built_in, sizeof w->built_in, "%.50s.c", kernel);
    }
    snprintf(w->folder[1], sizeof w->folder[1], "%s", all);
    code = code != 0 ? code : sb_fs_join(w->folder[2], sizeof w->folder[2], all, "dialect", err);
    w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (code == 0 && w->fd < 0) {
        code = sb_fail(err, SB_EIO, "cannot watch files: %s", strerror(errno));
    }
    return code != 0 ? code : add_folders(w, err);
}

static bool is_source(const char *name)
{
    static const char *const endings[] = {".c", ".h", ".cu", ".hip", ".cl", ".cuh"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && name[0] != '.' && i < sizeof endings / sizeof *endings; ++i) {
        if (strcmp(dot, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes what inotify has: true where a source was saved. A folder that was replaced is watched anew. */
static bool take_events(struct watch *w)
{
    _Alignas(struct inotify_event) char room[8192];
    bool saved = false;
    ssize_t got;
    while ((got = read(w->fd, room, sizeof room)) > 0) {
        for (char *at = room; at < room + got;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;
            if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) {
                (void)add_folders(w, NULL);
            }
            if (event->len && is_source(event->name)) {
                snprintf(w->saved, sizeof w->saved, "%s", event->name);
                saved = true;
            }
            at += sizeof *event + event->len;
        }
    }
    return saved;
}

/* Waits for a save or, where one runs, the end of the child; 1: a save. */
static int wait_for_save(struct watch *w, const sigset_t *mask)
{
    struct pollfd p = {.fd = w->fd, .events = POLLIN};
    if (ppoll(&p, 1, NULL, mask) <= 0 || !take_events(w)) {
        return 0;
    }
    w->saved_ns = sb_process_now_ns();
    for (int i = 0; i < QUIET_MOST && !stopped && poll(&p, 1, QUIET_MS) > 0; ++i) {
        take_events(w);
    }
    return 1;
}

/* This program's own arguments, as they were given. */
static int own_arguments(char ***out, char **out_text, struct sb_error *err)
{
    size_t room = 65536;
    char *text = malloc(room + 1);
    char **argv = calloc(4096, sizeof *argv);
    const int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd >= 0 && text && argv ? read(fd, text, room) : -1;
    if (fd >= 0) {
        close(fd);
    }
    if (got <= 0) {
        free(text);
        free(argv);
        return sb_fail(err, SB_EIO, "cannot read the arguments of this program");
    }
    text[got] = '\0';
    int count = 0;
    for (char *at = text; at < text + got && count < 4095; at += strlen(at) + 1) {
        argv[count++] = at;
    }
    *out = argv;
    *out_text = text;
    return 0;
}

static int start(struct watch *w, char **argv, int round, struct sb_error *err)
{
    char text[16];
    snprintf(text, sizeof text, "%d", round);
    setenv(ROUND, text, 1);
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    fflush(stdout);
    const int failed = posix_spawn(&w->child, "/proc/self/exe", NULL, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    return failed ? sb_fail(err, SB_EIO, "cannot start this program again: %s", strerror(failed))
                  : 0;
}

/* Collects the child where it has ended; true then. */
static bool collect(struct watch *w, int *code, int options)
{
    int status = 0;
    struct rusage used;
    if (w->child == 0 || wait4(w->child, &status, options, &used) != w->child) {
        return false;
    }
    w->processor_s = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    w->child = 0;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : SB_EXIT_INFRA;
    return true;
}

static void tell(const struct watch *w, int code)
{
    if (w->saved_ns) {
        printf("%.2f s after %s was saved (%.2f s of processors): exit code %d; watching\n",
               (double)(sb_process_now_ns() - w->saved_ns) * 1e-9, w->saved, w->processor_s, code);
    } else {
        printf("exit code %d; watching %s\n", code, w->folder[0]);
    }
    fflush(stdout);
}

static int loop(struct watch *w, char **argv, const sigset_t *mask, struct sb_error *err)
{
    int exit_code = SB_EXIT_NOTHING;
    int round = 1;
    int code = start(w, argv, round, err);
    while (code == 0 && !stopped) {
        const int saved = wait_for_save(w, mask);
        if (collect(w, &exit_code, WNOHANG)) {
            tell(w, exit_code);
        }
        if (!saved || stopped) {
            continue;
        }
        if (w->child) { /* overtaken */
            int unused = 0;
            kill(w->child, SIGTERM);
            collect(w, &unused, 0);
        }
        printf("\n");
        if (w->built_in[0] && strcmp(w->saved, w->built_in) == 0) {
            printf("note: %s is part of this program: build it anew to see the change\n", w->saved);
        }
        code = start(w, argv, ++round, err);
    }
    if (w->child) {
        kill(w->child, SIGTERM);
        collect(w, &exit_code, 0);
    }
    return code != 0 ? code : exit_code;
}

int sb_watch(const char *kernel, struct sb_error *err)
{
    static struct watch w;
    char **argv = NULL;
    char *text = NULL;
    sigset_t blocked;
    sigset_t before;
    struct sigaction action = {.sa_handler = on_signal};
    const int numbers[] = {SIGCHLD, SIGINT, SIGTERM};
    int code = begin(&w, kernel, err);
    code = code != 0 ? code : own_arguments(&argv, &text, err);
    if (code == 0) {
        sigemptyset(&blocked);
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
            sigaddset(&blocked, numbers[i]);
            sigaction(numbers[i], &action, NULL);
        }
        sigprocmask(SIG_BLOCK, &blocked, &before);
        code = loop(&w, argv, &before, err);
        sigprocmask(SIG_SETMASK, &before, NULL);
    }
    free(argv);
    free(text);
    if (w.fd >= 0) {
        close(w.fd);
    }
    return code;
}
