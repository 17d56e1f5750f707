/* SPDX-License-Identifier: Apache-2.0 */
/* Vendors' compilers in a child: hiprtc aborts its process on an architecture it does not know. */
#include "backends/gpu_driver/gpu_driver.h"
#include "harness/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void be_child(int out, int (*work)(void *, struct sb_error *), void *payload)
{
    struct sb_error told = {0};
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGABRT, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    const int null =
        open("/dev/null", O_WRONLY | O_CLOEXEC); /* "free(): invalid pointer" is nobody's message */
    if (null >= 0) {
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    told.code = work(payload, &told);
    const char *at = (const char *)&told;
    size_t left = sizeof told;
    while (left > 0) {
        const ssize_t wrote = write(out, at, left);
        if (wrote < 0 && errno != EINTR) {
            break;
        }
        at += wrote > 0 ? wrote : 0;
        left -= wrote > 0 ? (size_t)wrote : 0;
    }
    _exit(0);
}

/* Reads the whole of the child's answer; false where it ended without one, or *late: the time is over. */
static bool read_answer(struct sb_error *told, int in, double limit_s, bool *late)
{
    const unsigned long long end_ns = sb_process_now_ns() + (unsigned long long)(limit_s * 1e9);
    char *at = (char *)told;
    size_t left = sizeof *told;
    while (left > 0) {
        const unsigned long long now_ns = sb_process_now_ns();
        struct pollfd ready = {.fd = in, .events = POLLIN};
        const int left_ms = now_ns >= end_ns ? 0 : (int)((end_ns - now_ns) / 1000000) + 1;
        const int got = poll(&ready, 1, left_ms);
        if (got == 0) {
            *late = true;
            return false;
        }
        const ssize_t bytes = got > 0 ? read(in, at, left) : -1;
        if (bytes == 0 || (bytes < 0 && errno != EINTR)) {
            return false;
        }
        at += bytes > 0 ? bytes : 0;
        left -= bytes > 0 ? (size_t)bytes : 0;
    }
    return true;
}

int sb_gpu_apart(int (*work)(void *payload, struct sb_error *err), void *payload, double limit_s,
                 const char *what, struct sb_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return sb_fail(err, SB_EIO, "no pipe for a compiler: %s", strerror(errno));
    }
    fflush(NULL);
    const pid_t pid = fork();
    if (pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return sb_fail(err, SB_EIO, "no process for a compiler: %s", strerror(errno));
    }
    if (pid == 0) {
        close(ends[0]);
        be_child(ends[1], work, payload);
    }
    close(ends[1]);
    struct sb_error told = {0};
    bool late = false;
    const bool answered = read_answer(&told, ends[0], limit_s, &late);
    close(ends[0]);
    if (!answered) {
        kill(pid, SIGKILL);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (late) {
        return sb_fail(err, SB_ECOMPILE, "%s: the compiler did not end in %.0f s", what, limit_s);
    }
    if (!answered) {
        return sb_fail(err, SB_ECOMPILE, "%s: the compiler crashed (%s)", what,
                       WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
                                           : "it ended without an answer");
    }
    return told.code == 0 ? 0 : sb_fail(err, told.code, "%s", told.text);
}
