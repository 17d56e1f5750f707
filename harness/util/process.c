/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/process.h"

#include "harness/util/fs.h"

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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define OUTPUT_MOST ((size_t)1 << 20)

unsigned long long sb_process_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (unsigned long long)t.tv_sec * 1000000000U + (unsigned long long)t.tv_nsec;
}

int sb_process_which(char *out, size_t room, const char *program, struct sb_error *err)
{
    if (strchr(program, '/')) {
        snprintf(out, room, "%s", program);
        return access(program, X_OK) == 0 ? 0
                                          : sb_fail(err, SB_ENOTFOUND, "no program %s", program);
    }
    const char *path = getenv("PATH");
    for (const char *part = path ? path : "/usr/bin:/bin"; *part;) {
        const size_t length = strcspn(part, ":");
        const int used = snprintf(out, room, "%.*s/%s", (int)length, part, program);
        if (used > 0 && (size_t)used < room && access(out, X_OK) == 0) {
            return 0;
        }
        part += length + (part[length] == ':');
    }
    return sb_fail(err, SB_ENOTFOUND, "no program '%s' in PATH", program);
}

unsigned long long sb_process_start_time(long pid)
{
    char path[64];
    char *text = NULL;
    size_t length = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (sb_fs_read(&text, &length, path, NULL) != 0) {
        return 0;
    }
    unsigned long long started = 0;
    const char *at = strrchr(text, ')'); /* the name may hold anything */
    const bool dead = at && (at[1] == '\0' || strchr("ZX", at[2]));
    for (int field = 2; at && field < 22; ++field) {
        at = strchr(at + 1, ' ');
    }
    if (at && !dead) {
        started = strtoull(at + 1, NULL, 10);
    }
    free(text);
    return started;
}

static int start(pid_t *out_pid, int *out_fd, const char *path, const char *const argv[],
                 struct sb_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return sb_fail(err, SB_EIO, "cannot make a pipe: %s", strerror(errno));
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int failed =
        posix_spawn(out_pid, path, &actions, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return sb_fail(err, failed == ENOENT ? SB_EABSENT : SB_EIO, "cannot start %s: %s", path,
                       strerror(failed));
    }
    *out_fd = ends[0];
    return 0;
}

#define LOOK_MS 200 /* a signal may come between the look and the wait */

/* Reads until the end or the deadline. Returns 1 at the deadline. */
static int listen_to(struct sb_process_result *out, int fd, unsigned long long deadline_ns,
                     const volatile sig_atomic_t *stop, pid_t pid)
{
    size_t room = 0;
    for (;;) {
        if (stop && *stop) {
            kill(-pid, SIGTERM);
            stop = NULL;
        }
        const unsigned long long now = sb_process_now_ns();
        if (now >= deadline_ns) {
            return 1;
        }
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const unsigned long long most_ms = stop ? LOOK_MS : INT_MAX;
        const unsigned long long left_ms = (deadline_ns - now) / 1000000U + 1;
        if (poll(&p, 1, (int)(left_ms > most_ms ? most_ms : left_ms)) <= 0) {
            continue;
        }
        char chunk[8192];
        const ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return 0;
        }
        if (out->length + (size_t)got > OUTPUT_MOST) {
            continue;
        }
        if (out->length + (size_t)got >= room) {
            room = 2 * (out->length + (size_t)got) + 1;
            char *more = realloc(out->output, room);
            if (!more) {
                return 0;
            }
            out->output = more;
        }
        memcpy(out->output + out->length, chunk, (size_t)got);
        out->length += (size_t)got;
        out->output[out->length] = '\0';
    }
}

int sb_process_run(struct sb_process_result *out, const char *const argv[], double time_limit_s,
                   struct sb_error *err)
{
    return sb_process_run_until(out, argv, time_limit_s, NULL, err);
}

int sb_process_run_until(struct sb_process_result *out, const char *const argv[],
                         double time_limit_s, const volatile sig_atomic_t *stop,
                         struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    char path[PATH_MAX];
    if (sb_process_which(path, sizeof path, argv[0], err) != 0) {
        return SB_EABSENT;
    }
    out->output = calloc(1, 1);
    pid_t pid = 0;
    int fd = -1;
    const int code = start(&pid, &fd, path, argv, err);
    if (code != 0) {
        sb_process_result_free(out);
        return code;
    }
    const unsigned long long limit_ns = (unsigned long long)(time_limit_s * 1e9);
    out->timed_out = listen_to(out, fd, sb_process_now_ns() + limit_ns, stop, pid);
    if (out->timed_out) {
        kill(-pid, SIGKILL);
    }
    close(fd);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    out->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 0;
}

void sb_process_result_free(struct sb_process_result *result)
{
    free(result->output);
    free(result->errors);
    memset(result, 0, sizeof *result);
}
