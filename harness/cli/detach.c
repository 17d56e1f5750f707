/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/detach.h"

#include "harness/campaign/lease.h"
#include "harness/cli/command.h"
#include "harness/cli/summary.h"
#include "harness/util/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The background process: never returns. */
static void drive(struct sb_folder *folder, const struct sb_output *output, const char *log)
{
    setsid();
    if (fork() != 0) {
        _exit(0); /* no terminal is ever this one's */
    }
    const int in = open("/dev/null", O_RDONLY);
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (in >= 0 && out >= 0) {
        dup2(in, STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
    }
    /* what the caller had open is not ours to keep: whoever waits for its end would wait for this one's */
    const unsigned journal = (unsigned)folder->journal_fd;
    close_range(STDERR_FILENO + 1, journal - 1, 0);
    close_range(journal + 1, ~0U, 0);
    struct sb_error err = {0};
    const int rc = sb_summary_run(folder, output, &err);
    if (rc < 0) {
        sb_say("%s", err.text);
    }
    fflush(NULL);
    _exit(rc < 0 ? sb_exit_of(err.code) : rc);
}

/* It drives once its lease is there; a short campaign may be over by then, and have said so in its log. */
static bool drives(const struct sb_folder *folder, const char *log)
{
    for (int i = 0; i < 200; ++i) {
        struct sb_lease lease;
        char summary[PATH_MAX];
        snprintf(summary, sizeof summary, "%s/summary.json", folder->path);
        if ((sb_lease_read(&lease, folder->path) == 0 && sb_lease_alive(&lease, folder->path, 0)) ||
            access(summary, F_OK) == 0) {
            return true;
        }
        nanosleep(&(struct timespec){.tv_nsec = 25000000}, NULL);
    }
    (void)log;
    return false;
}

int sb_detach_run(struct sb_folder *folder, const struct sb_output *output, struct sb_error *err)
{
    char log[PATH_MAX];
    const int code = sb_fs_join(log, sizeof log, folder->path, "driver.log", err);
    if (code != 0) {
        return code;
    }
    fflush(NULL);
    const pid_t pid = fork();
    if (pid < 0) {
        return sb_fail(err, SB_EINFRA, "cannot start a process: %s", strerror(errno));
    }
    if (pid == 0) {
        drive(folder, output, log);
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return drives(folder, log)
               ? 0
               : sb_fail(err, SB_EINFRA, "%s: nobody drives it yet: its words are in driver.log",
                         folder->path);
}
