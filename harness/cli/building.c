/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/building.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int write_job(char *out, size_t room, const struct sb_plan *plan, int jobs,
                     struct sb_error *err)
{
    char folder[PATH_MAX];
    char name[64];
    json_t *cells = json_array();
    for (int i = 0; i < plan->cell_count; ++i) {
        json_array_append_new(cells, sb_cell_to_json(&plan->cell[i]));
    }
    json_t *job = sb_plan_job(plan, cells, "build", "local", 1, "");
    json_object_set_new(job, "jobs", json_integer(jobs));
    char *text = job ? json_dumps(job, JSON_COMPACT) : NULL;
    json_decref(job);
    snprintf(name, sizeof name, "build-%ld.json", (long)getpid());
    int code = text ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    code = code ? code : sb_fs_cache(folder, sizeof folder, "jobs", err);
    code = code ? code : sb_fs_join(out, room, folder, name, err);
    code = code ? code : sb_fs_write(out, text, strlen(text), err);
    free(text);
    return code;
}

static int start(pid_t *out_pid, FILE **out, const char *job, struct sb_error *err)
{
    char runner[PATH_MAX];
    char parent[32];
    int ends[2];
    int code = sb_fs_join(runner, sizeof runner, sb_fs_program_folder(), "switchbench-runner", err);
    if (code) {
        return code;
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return sb_fail(err, SB_EINFRA, "cannot make a pipe: %s", strerror(errno));
    }
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *const argv[] = {runner, "--parent", parent, "--build", job, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    const int failed = posix_spawn(out_pid, runner, &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *out = failed ? NULL : fdopen(ends[0], "r");
    if (!*out) {
        close(ends[0]);
        return failed ? sb_fail(err, SB_EINFRA, "cannot start %s: %s", runner, strerror(failed))
                      : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    return 0;
}

static void show(const json_t *unit, size_t done)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K%zu compiled: %s %s", done, sb_json_text_or(unit, "kernel", ""),
                sb_json_text_or(unit, "target", ""));
    }
}

static int take_answers(json_t *out, FILE *from, struct sb_error *err)
{
    char *line = NULL;
    size_t room = 0;
    int code = 0;
    while (code == 0 && getline(&line, &room, from) > 0) {
        json_t *unit = json_loads(line, 0, NULL);
        if (!json_is_object(unit)) {
            json_decref(unit);
            code = sb_fail(err, SB_EINFRA, "the runner said what is no answer: %.200s", line);
        } else {
            json_array_append_new(out, unit);
            show(unit, json_array_size(out));
        }
    }
    free(line);
    if (isatty(STDERR_FILENO)) {
        fputs("\r\033[K", stderr);
    }
    return code;
}

int sb_building_run(json_t **out, const struct sb_plan *plan, int jobs, struct sb_error *err)
{
    char job[PATH_MAX];
    pid_t pid = 0;
    FILE *from = NULL;
    int code = write_job(job, sizeof job, plan, jobs, err);
    code = code ? code : start(&pid, &from, job, err);
    if (code) {
        return code;
    }
    *out = json_array();
    code = take_answers(*out, from, err);
    fclose(from);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    unlink(job);
    if (code == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        code = WIFSIGNALED(status) ? sb_fail(err, SB_EINFRA, "the runner died of signal %d (%s)",
                                             WTERMSIG(status), strsignal(WTERMSIG(status)))
                                   : sb_fail(err, SB_EINFRA, "the runner ended with status %d",
                                             WEXITSTATUS(status));
    }
    if (code) {
        json_decref(*out);
        *out = NULL;
    }
    return code;
}
