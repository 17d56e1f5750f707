/* SPDX-License-Identifier: Apache-2.0 */
/* The local scheduler: a process here. The runner dies with the driver (--parent), so nothing is left behind. */
#include "harness/place/schedulers/scheduler.h"

#include "harness/place/script.h"
#include "harness/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* "0,2,3": the first of the processors that this process may use; "" where that is all of them or cannot be known. */
static void first_cores(char *out, size_t room, int cores)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    out[0] = '\0';
    if (cores <= 0 || sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) <= cores) {
        return;
    }
    size_t used = 0;
    for (int i = 0, taken = 0; i < CPU_SETSIZE && taken < cores && used < room; ++i) {
        if (CPU_ISSET(i, &set)) {
            used += (size_t)snprintf(out + used, room - used, "%s%d", taken++ ? "," : "", i);
        }
    }
}

/* Within the place's cores by taskset(1), its variables by env(1), which becomes the runner; --parent where no container stands between. */
static int make_argv(struct sb_strings *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    char parent[32];
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const struct sb_strings *variables = &ticket->place->environment;
    char cores[4096];
    first_cores(cores, sizeof cores, ticket->place->cores);
    int code = cores[0] ? sb_strings_add(out, "taskset") : 0;
    code = code == 0 && cores[0] ? sb_strings_add(out, "--cpu-list") : code;
    code = code == 0 && cores[0] ? sb_strings_add(out, cores) : code;
    code = code == 0 && variables->count ? sb_strings_add(out, "env") : code;
    for (int i = 0; code == 0 && i < variables->count; ++i) {
        code = sb_strings_add(out, variables->item[i]);
    }
    const bool bare = strcmp(ticket->place->engine, "none") == 0;
    for (size_t i = 0; code == 0 && ticket->argv[i]; ++i) {
        code = sb_strings_add(out, ticket->argv[i]);
        if (code == 0 && i == 0 && bare) {
            code = sb_strings_add(out, "--parent");
            code = code != 0 ? code : sb_strings_add(out, parent);
        }
    }
    code = code != 0 ? code : sb_strings_end(out);
    return code == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

static int spawn_runner(pid_t *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    struct sb_strings argv = {0};
    const int code = make_argv(&argv, ticket, err);
    if (code != 0) {
        sb_strings_free(&argv);
        return code;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, ticket->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    /* a group of its own: Ctrl-C is the driver's to answer */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    const int failed = posix_spawnp(out, argv.item[0], &actions, &attributes, argv.item, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    const int told =
        failed ? sb_fail(err, SB_EINFRA, "cannot start %s: %s", argv.item[0], strerror(failed)) : 0;
    sb_strings_free(&argv);
    return told;
}

static int submit(struct sb_placed *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    pid_t pid = 0;
    const int code = spawn_runner(&pid, ticket, err);
    if (code == 0) {
        snprintf(out->id, sizeof out->id, "%ld:%llu", (long)pid, sb_process_start_time(pid));
        out->state = SB_JOB_RUNNING;
    }
    return code;
}

static bool parse(long *pid, unsigned long long *start, const char *id)
{
    return sscanf(id, "%ld:%llu", pid, start) == 2 && *pid > 0;
}

/* Our own child: its status. Another driver's: gone, or still there. */
static void look(struct sb_placed *job)
{
    long pid = 0;
    unsigned long long start = 0;
    if (!parse(&pid, &start, job->id)) {
        job->state = SB_JOB_UNKNOWN;
        return;
    }
    int status = 0;
    const pid_t got = waitpid((pid_t)pid, &status, WNOHANG);
    if (got == 0 || (got < 0 && start > 0 && sb_process_start_time(pid) == start)) {
        job->state = SB_JOB_RUNNING;
    } else if (got < 0) {
        job->state = SB_JOB_UNKNOWN;
        snprintf(job->words, sizeof job->words, "the runner is gone");
    } else if (WIFSIGNALED(status)) {
        job->state = SB_JOB_FAILED;
        snprintf(job->words, sizeof job->words, "the runner died of signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else {
        job->exit_code = WEXITSTATUS(status);
        job->state = job->exit_code == 0 ? SB_JOB_DONE : SB_JOB_FAILED;
        snprintf(job->words, sizeof job->words, "the runner ended with code %d", job->exit_code);
    }
}

static int poll_jobs(struct sb_placed *jobs, int count, const struct sb_place *place,
                     struct sb_error *err)
{
    (void)place;
    (void)err;
    for (int i = 0; i < count; ++i) {
        look(&jobs[i]);
    }
    return 0;
}

static int cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err)
{
    (void)err;
    /* An engine is asked first: killed, some leave their container behind. */
    const int asked = strcmp(place->engine, "none") == 0 ? 0 : 300;
    for (int i = 0; i < count; ++i) {
        long pid = 0;
        unsigned long long start = 0;
        /* Killed, it may take a moment to go: its memory is to be free before the next one starts. */
        for (int tries = 0; parse(&pid, &start, jobs[i].id) && tries < 500 && start > 0 &&
                            sb_process_start_time(pid) == start;
             ++tries) {
            const int signal = tries < asked ? SIGTERM : SIGKILL;
            if (tries == 0 || signal == SIGKILL) {
                kill((pid_t)pid, signal);
                kill((pid_t)-pid, signal);
            }
            nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        }
    }
    return 0;
}

static int find(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err)
{
    (void)place;
    (void)campaign;
    (void)err;
    *out = NULL; /* none outlives its driver by more than a moment */
    *count = 0;
    return 0;
}

static int show(char **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    return sb_script_make(out, ticket, NULL, NULL, err);
}

const struct sb_scheduler sb_scheduler_local = {
    .name = "local",
    .title = "a process on this machine",
    .attached = true,
    .poll_s = 1,
    .show = show,
    .submit = submit,
    .find = find,
    .poll = poll_jobs,
    .cancel = cancel,
};
