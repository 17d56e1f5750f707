/* SPDX-License-Identifier: Apache-2.0 */
/* switchbench-runner: works on the node. Reads one job file, prints records as JSON lines. */
#include "backends/backend.h"
#include "harness/run/environment.h"
#include "harness/run/node.h"
#include "harness/run/pack.h"
#include "harness/run/twin_file.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
    "Usage: switchbench-runner [--parent PID] JOB.json   run a job; records go to stdout as JSON "
    "lines\n"
    "       switchbench-runner --probe                   what this node has, as one JSON object\n"
    "       switchbench-runner --twin SPEC.json          check one source file, as one JSON object\n"
    "       switchbench-runner --version\n"
    "Not called by hand as a rule: 'switchbench run' writes the job file and starts it.\n";

static int complain(const struct sb_error *err, int exit_code)
{
    fprintf(stderr, "switchbench-runner: %s\n", err->text);
    return exit_code;
}

static json_t *probe_backend(const struct sb_backend *backend)
{
    struct sb_probe found = {0};
    if (backend->absent_reason) {
        snprintf(found.reason, sizeof found.reason, "%s", backend->absent_reason);
    } else {
        backend->probe(&found);
    }
    json_t *devices = json_array();
    for (int i = 0; i < found.count; ++i) {
        const struct sb_device *d = &found.device[i];
        json_array_append_new(
            devices, json_pack("{s:i,s:s,s:s,s:s,s:s,s:i,s:f,s:f,s:i}", "number", d->number, "name",
                               d->name, "vendor", d->vendor, "driver", d->driver, "target",
                               d->target, "cores", d->cores, "memory_bytes", d->memory_bytes,
                               "cache_bytes", d->cache_bytes, "simd_bytes", d->simd_bytes));
    }
    return json_pack("{s:s,s:s,s:o,s:s,s:s}", "name", backend->name, "title", backend->title,
                     "devices", devices, "reason", found.reason, "remedy", found.remedy);
}

/* Each backend in a process of its own: a vendor's library that crashes while it is asked takes only itself down. */
static json_t *probe_apart(const struct sb_backend *backend)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return NULL;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        struct sb_error err;
        close(ends[0]);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        json_t *answer = probe_backend(backend);
        _exit(answer && sb_json_write_line(ends[1], answer, &err) == 0 ? 0 : 1);
    }
    close(ends[1]);
    json_t *answer = json_loadfd(ends[0], JSON_DISABLE_EOF_CHECK, NULL);
    close(ends[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    if (!answer) {
        answer = json_pack("{s:s,s:s,s:[],s:s,s:s}", "name", backend->name, "title", backend->title,
                           "devices", "reason",
                           WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
                                               : "asking it for devices failed",
                           "remedy", "");
    }
    return answer;
}

static int probe(void)
{
    struct sb_error err;
    json_t *node = NULL;
    if (sb_node_facts(&node, &err) != 0) {
        return complain(&err, SB_EXIT_INFRA);
    }
    json_t *backends = json_array();
    for (int i = 0; sb_backends[i]; ++i) {
        json_array_append_new(backends, probe_apart(sb_backends[i]));
    }
    json_t *all = json_pack("{s:o,s:o}", "node", node, "backends", backends);
    const int code = sb_json_write_line(STDOUT_FILENO, all, &err);
    json_decref(all);
    return code == 0 ? 0 : complain(&err, SB_EXIT_INFRA);
}

/* Dies with the driver that started it; false where that one is gone already. */
static bool die_with(const char *parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return strtol(parent, NULL, 10) == (long)getppid();
}

int main(int argc, char **argv)
{
    const char *job_path = NULL;
    sb_fs_own_streams();
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--version") == 0) {
            printf("switchbench-runner %s\n", SB_VERSION);
            return 0;
        }
        if (strcmp(argv[i], "--probe") == 0) {
            sb_environment_clear(argv);
            return probe();
        }
        if (strcmp(argv[i], "--twin") == 0 && i + 1 < argc) {
            sb_environment_clear(argv);
            return sb_twin_file_run(argv[i + 1], STDOUT_FILENO);
        }
        if (strcmp(argv[i], "--parent") == 0 && i + 1 < argc) {
            if (!die_with(argv[++i])) {
                return SB_EXIT_INFRA;
            }
        } else if (argv[i][0] == '-' || job_path) {
            fputs(usage,
                  strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0 ? stdout : stderr);
            return strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0 ? 0 : SB_EXIT_USAGE;
        } else {
            job_path = argv[i];
        }
    }
    if (!job_path) {
        fputs(usage, stderr);
        return SB_EXIT_USAGE;
    }
    sb_environment_clear(argv);
    signal(SIGPIPE, SIG_IGN);
    struct sb_error err;
    struct sb_job job;
    const int code = sb_job_read(&job, job_path, &err);
    if (code != 0) {
        return complain(&err, SB_EXIT_USAGE);
    }
    const int failed = sb_pack_run(&job, STDOUT_FILENO, &err);
    sb_job_free(&job);
    return failed ? complain(&err, SB_EXIT_INFRA) : 0;
}
