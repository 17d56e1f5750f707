/* SPDX-License-Identifier: Apache-2.0 */
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
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define ERRORS_MOST ((size_t)64 << 10)
#define OUTPUT_MOST ((size_t)64 << 20)

/* stdin, stdout, stderr: our ends and the child's */
struct pipes {
    int ours[3], theirs[3];
};

struct text {
    char *bytes;
    size_t length, room, most;
};

static void close_all(int fd[3])
{
    for (int i = 0; i < 3; ++i) {
        if (fd[i] >= 0) {
            close(fd[i]);
        }
        fd[i] = -1;
    }
}

static int open_pipes(struct pipes *out, struct sb_error *err)
{
    *out = (struct pipes){{-1, -1, -1}, {-1, -1, -1}};
    for (int i = 0; i < 3; ++i) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) {
            const int code = sb_fail(err, SB_EIO, "cannot make a pipe: %s", strerror(errno));
            close_all(out->ours);
            close_all(out->theirs);
            return code;
        }
        out->ours[i] = ends[i == 0];
        out->theirs[i] = ends[i != 0];
        fcntl(out->ours[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

/* The environment with @p more in place of what has the same name; NULL when out of memory. */
static char **join_environment(const char *const *more)
{
    size_t count = 0;
    size_t added = 0;
    while (environ[count]) {
        ++count;
    }
    while (more && more[added]) {
        ++added;
    }
    char **joined = calloc(count + added + 1, sizeof *joined);
    size_t used = 0;
    for (size_t i = 0; joined && i < count; ++i) {
        bool replaced = false;
        for (size_t j = 0; j < added && !replaced; ++j) {
            const size_t name = strcspn(more[j], "=") + 1;
            replaced = strncmp(environ[i], more[j], name) == 0;
        }
        if (!replaced) {
            joined[used++] = environ[i];
        }
    }
    for (size_t j = 0; joined && j < added; ++j) {
        joined[used++] = (char *)more[j];
    }
    return joined;
}

static int start(pid_t *out, const struct pipes *pipes, const char *path,
                 const struct sb_process_call *call, struct sb_error *err)
{
    char **joined = join_environment(call->environment);
    if (!joined) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int i = 0; i < 3; ++i) {
        posix_spawn_file_actions_adddup2(&actions, pipes->theirs[i], i);
    }
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    const int failed =
        posix_spawn(out, path, &actions, &attributes, (char *const *)call->argv, joined);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(joined);
    return failed ? sb_fail(err, failed == ENOENT ? SB_EABSENT : SB_EIO, "cannot start %s: %s",
                            path, strerror(failed))
                  : 0;
}

/* False at the end of the stream. What is beyond the bound is read and dropped. */
static bool take(struct text *text, int fd)
{
    char chunk[65536];
    const ssize_t got = read(fd, chunk, sizeof chunk);
    if (got < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    const size_t left = text->most - text->length;
    const size_t kept = (size_t)got < left ? (size_t)got : left;
    if (text->length + kept >= text->room) {
        const size_t room = 2 * (text->length + kept) + 1;
        char *more = realloc(text->bytes, room);
        if (!more) {
            return false;
        }
        text->bytes = more;
        text->room = room;
    }
    memcpy(text->bytes + text->length, chunk, kept);
    text->length += kept;
    text->bytes[text->length] = '\0';
    return got > 0;
}

/* False once all is written, or nobody reads. */
static bool give(const char **from, int fd)
{
    const size_t length = strlen(*from);
    const ssize_t put = length > 0 ? write(fd, *from, length) : 0;
    if (put < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    *from += put;
    return **from != '\0';
}

/* Until both outputs end. Returns 1 at the deadline. */
static int converse(struct text out[2], struct pipes *pipes, const char *input,
                    unsigned long long deadline_ns)
{
    while (pipes->ours[1] >= 0 || pipes->ours[2] >= 0) {
        const unsigned long long now = sb_process_now_ns();
        if (now >= deadline_ns) {
            return 1;
        }
        struct pollfd p[3] = {
            {pipes->ours[0], POLLOUT, 0}, {pipes->ours[1], POLLIN, 0}, {pipes->ours[2], POLLIN, 0}};
        const unsigned long long left_ms = (deadline_ns - now) / 1000000U + 1;
        if (poll(p, 3, left_ms > INT_MAX ? INT_MAX : (int)left_ms) <= 0) {
            continue;
        }
        for (int i = 0; i < 3; ++i) {
            if (p[i].revents && !(i == 0 ? give(&input, p[i].fd) : take(&out[i - 1], p[i].fd))) {
                close(p[i].fd);
                pipes->ours[i] = -1;
            }
        }
    }
    return 0;
}

int sb_process_call(struct sb_process_result *out, const struct sb_process_call *call,
                    struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    char path[PATH_MAX];
    if (sb_process_which(path, sizeof path, call->argv[0], err) != 0) {
        return sb_fail(err, SB_EABSENT, "no program '%s' in PATH", call->argv[0]);
    }
    struct pipes pipes;
    pid_t pid = 0;
    int code = open_pipes(&pipes, err);
    if (code != 0) {
        return code;
    }
    code = start(&pid, &pipes, path, call, err);
    close_all(pipes.theirs);
    struct text text[2] = {
        {calloc(1, 1), 0, 1, call->output_most ? call->output_most : OUTPUT_MOST},
        {calloc(1, 1), 0, 1, ERRORS_MOST}};
    if (code == 0) {
        struct sigaction ignore = {.sa_handler = SIG_IGN};
        struct sigaction before;
        sigaction(SIGPIPE, &ignore, &before);
        out->timed_out =
            converse(text, &pipes, call->input ? call->input : "",
                     sb_process_now_ns() + (unsigned long long)(call->time_limit_s * 1e9));
        sigaction(SIGPIPE, &before, NULL);
        if (out->timed_out) {
            kill(-pid, SIGKILL);
        }
        int status = 0;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        out->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    }
    close_all(pipes.ours);
    out->output = text[0].bytes;
    out->length = text[0].length;
    out->errors = text[1].bytes;
    if (code == 0 && !(out->output && out->errors)) {
        code = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    if (code != 0) {
        sb_process_result_free(out);
    }
    return code;
}

int sb_process_answer(struct sb_process_result *out, const struct sb_process_call *call,
                      struct sb_error *err)
{
    int code = sb_process_call(out, call, err);
    if (code != 0) {
        return code;
    }
    const char *program = strrchr(call->argv[0], '/');
    program = program ? program + 1 : call->argv[0];
    const char *said = out->errors[0] ? out->errors : out->output;
    said += strspn(said, "\n\r\t ");
    if (out->timed_out) {
        code =
            sb_fail(err, SB_EINFRA, "%s: did not answer within %g s", program, call->time_limit_s);
    } else if (out->signal) {
        code = sb_fail(err, SB_EINFRA, "%s: died of signal %d (%s)", program, out->signal,
                       strsignal(out->signal));
    } else if (out->exit_status != 0) {
        code = sb_fail(err, SB_EINFRA, "%s: %.*s", program, (int)strcspn(said, "\n"),
                       *said ? said : "it failed without a word");
    }
    if (code != 0) {
        sb_process_result_free(out);
    }
    return code;
}
