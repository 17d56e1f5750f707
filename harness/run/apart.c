/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/apart.h"

#include "harness/util/error.h"
#include "harness/util/json.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void answer(int fd, json_t *(*ask)(const void *payload), const void *payload)
{
    struct sb_error err;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* libraries may print; stdout is for answers */
    json_t *json = ask(payload);
    _exit(json && sb_json_write_line(fd, json, &err) == 0 ? 0 : 1);
}

int sb_apart_start(struct sb_apart *out, json_t *(*ask)(const void *payload), const void *payload)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        answer(ends[1], ask, payload);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -1;
    }
    *out = (struct sb_apart){.pid = pid, .fd = ends[0]};
    return 0;
}

json_t *sb_apart_collect(const struct sb_apart *apart, char *died, size_t room)
{
    json_t *json = json_loadfd(apart->fd, JSON_DISABLE_EOF_CHECK, NULL);
    close(apart->fd);
    int status = 0;
    while (waitpid(apart->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!json && WIFSIGNALED(status)) {
        snprintf(died, room, "the process died of signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    } else if (!json) {
        snprintf(died, room, "the process ended with status %d and no answer", WEXITSTATUS(status));
    }
    return json;
}
