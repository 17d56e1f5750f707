/* SPDX-License-Identifier: Apache-2.0 */
/* The local scheduler: a process here. The runner dies with the driver (--parent), so nothing is left behind. */
#include "harness/place/schedulers/scheduler.h"

#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int spawn_runner(pid_t *out, const struct sb_ticket *ticket, int output,
                        struct sb_error *err)
{
    char runner[PATH_MAX];
    char parent[32];
    snprintf(runner, sizeof runner, "%s/switchbench-runner", sb_fs_program_folder());
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *const argv[] = {runner, "--parent", parent, ticket->job, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_addopen(&actions, 2, ticket->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    /* a group of its own: Ctrl-C is the driver's to answer */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    const int failed =
        posix_spawn(out, runner, &actions, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed ? sb_fail(err, SB_EINFRA, "cannot start %s: %s", runner, strerror(failed)) : 0;
}

static int submit(struct sb_placed *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    *out = (struct sb_placed){.fd = -1};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return sb_fail(err, SB_EINFRA, "cannot make a pipe: %s", strerror(errno));
    }
    pid_t pid = 0;
    const int code = spawn_runner(&pid, ticket, ends[1], err);
    close(ends[1]);
    if (code != 0) {
        close(ends[0]);
        return code;
    }
    out->pid = pid;
    out->start = sb_process_start_time(pid);
    out->fd = ends[0];
    return 0;
}

static int wait_for(struct sb_placed *placed, struct sb_error *err)
{
    int status = 0;
    while (waitpid((pid_t)placed->pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return sb_fail(err, SB_EINFRA, "local: the runner is gone: %s", strerror(errno));
        }
    }
    if (WIFSIGNALED(status)) {
        return sb_fail(err, SB_EINFRA, "local: the runner died of signal %d (%s)", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    }
    return WEXITSTATUS(status) == 0
               ? 0
               : sb_fail(err, SB_EINFRA, "local: the runner ended with code %d",
                         WEXITSTATUS(status));
}

static void cancel(struct sb_placed *placed)
{
    if (placed->pid > 0) {
        kill((pid_t)placed->pid, SIGKILL);
    }
}

static void sweep(long pid, unsigned long long start)
{
    /* Killed, it may take a moment to go: its memory is to be free before the next one starts. */
    for (int i = 0; pid > 0 && start > 0 && sb_process_start_time(pid) == start && i < 500; ++i) {
        kill((pid_t)pid, SIGKILL);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
}

const struct sb_scheduler sb_scheduler_local = {
    .name = "local",
    .title = "a process on this machine",
    .submit = submit,
    .wait = wait_for,
    .cancel = cancel,
    .sweep = sweep,
};
