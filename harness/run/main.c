/* SPDX-License-Identifier: Apache-2.0 */
/* switchbench-runner: works on the node. Reads one job file, prints records as JSON lines. */
#include "harness/oracle/oracle.h"
#include "harness/run/ask.h"
#include "harness/run/build.h"
#include "harness/run/contain.h"
#include "harness/run/counting/ask_counters.h"
#include "harness/run/environment.h"
#include "harness/run/measure.h"
#include "harness/run/noise.h"
#include "harness/run/pack.h"
#include "harness/run/peaks/peaks.h"
#include "harness/run/ranks/agent.h"
#include "harness/run/ranks/head.h"
#include "harness/run/ranks/member.h"
#include "harness/run/records.h"
#include "harness/run/single.h"
#include "harness/run/twin_file.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char usage[] =
    "Usage: switchbench-runner [--parent PID] [--records FILE] [--events FILE] [--owner FILE] "
    "[--contained NAME] JOB.json\n"
    "                                                    run a job; records and events go to their "
    "files,\n"
    "                                                    or to stdout as JSON lines\n"
    "       switchbench-runner --probe                   what this node has, as one JSON object\n"
    "       switchbench-runner --measure                 memory, clock and threads, for what an "
    "engine costs\n"
    "       switchbench-runner --peaks NAME,…[@ROUNDS]  measure what its backends can do at most; "
    "\"\" "
    "all\n"
    "       switchbench-runner --noise SECONDS           what takes its cores away, as one JSON "
    "object\n"
    "       switchbench-runner --twin SPEC.json          check one source file, as one JSON "
    "object\n"
    "       switchbench-runner --targets NAME,…          what its backends can compile for; \"\" "
    "lists\n"
    "       switchbench-runner --counters WORD,…         whether these sources and events count "
    "here; \"\" lists\n"
    "       switchbench-runner [--parent PID] --build JOB.json  compile a job's cells, run none\n"
    "       switchbench-runner --single JOB.json         a job's first cell in this process, for a "
    "debugger\n"
    "       switchbench-runner --counted JOB.json        a job's first cell in this process, for a "
    "tool that counts\n"
    "       switchbench-runner --image IMAGE@sha256:… … -- COMMAND…  check an image, then run its "
    "engine\n"
    "       switchbench-runner --ranked JOB.json         one of several ranks, started by mpirun, "
    "itself started by a runner\n"
    "       switchbench-runner --agent | --on HOST WORD…  hosts of ranks without ssh "
    "(harness/run/ranks/agent.h)\n"
    "       switchbench-runner --version\n"
    "Not called by hand as a rule: 'switchbench run' writes the job file and starts it.\n";

static int complain(const struct sb_error *err, int exit_code)
{
    fprintf(stderr, "switchbench-runner: %s\n", err->text);
    return exit_code;
}

static int print(json_t *answer)
{
    struct sb_error err;
    const int code = sb_json_write_line(STDOUT_FILENO, answer, &err);
    json_decref(answer);
    return code == 0 ? 0 : complain(&err, SB_EXIT_INFRA);
}

static int probe(const char *of)
{
    struct sb_error err;
    json_t *told = NULL;
    (void)of;
    return sb_ask_probe(&told, &err) == 0 ? print(told) : complain(&err, SB_EXIT_INFRA);
}

static int measure(const char *of)
{
    (void)of;
    return print(sb_measure());
}

static int noise(const char *of)
{
    char *end = NULL;
    const double seconds = strtod(of, &end);
    if (end == of || *end || !(seconds > 0 && seconds <= 600)) {
        fprintf(stderr, "switchbench-runner: --noise %s: expected seconds, up to 600\n", of);
        return SB_EXIT_USAGE;
    }
    json_t *told = sb_noise(seconds);
    return told ? print(told) : SB_EXIT_INFRA;
}

static int targets(const char *of)
{
    return print(sb_ask_targets(of));
}

static int counters(const char *of)
{
    return print(sb_ask_counters(of));
}

static int peaks(const char *of)
{
    struct sb_error err;
    json_t *told = NULL;
    const int code = sb_peaks_measure(&told, of, &err);
    return code == 0 ? print(told)
                     : complain(&err, code == SB_EINVAL ? SB_EXIT_USAGE : SB_EXIT_INFRA);
}

static int twin(const char *of)
{
    return sb_twin_file_run(of, STDOUT_FILENO);
}

static int version(const char *of)
{
    (void)of;
    printf("switchbench-runner %s\n", SB_VERSION);
    return 0;
}

/* What is answered at once, without a job. */
static const struct question {
    const char *name;
    bool needs_value;
    int (*answer)(const char *of);
} questions[] = {
    {"--version", false, version}, {"--probe", false, probe},    {"--measure", false, measure},
    {"--noise", true, noise},      {"--targets", true, targets}, {"--counters", true, counters},
    {"--twin", true, twin},        {"--peaks", true, peaks},
};

struct files {
    const char *records, *events, *owner;
    const char *job;
    bool ranked; /* one of the ranks that another runner started: cells' ids on stdin */
};

static const struct question *find_question(const char *name, const char *of)
{
    for (size_t i = 0; i < sizeof questions / sizeof *questions; ++i) {
        if (strcmp(questions[i].name, name) == 0 && (of || !questions[i].needs_value)) {
            return &questions[i];
        }
    }
    return NULL;
}

/* Dies with the driver that started it; false where that one is gone already. */
static bool die_with(const char *parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return strtol(parent, NULL, 10) == (long)getppid();
}

/* The option that takes a file, and where its name goes; NULL: it is none of these. */
static const char **file_option(struct files *files, const char *name)
{
    return strcmp(name, "--records") == 0  ? &files->records
           : strcmp(name, "--events") == 0 ? &files->events
           : strcmp(name, "--owner") == 0  ? &files->owner
                                           : NULL;
}

/* One of several ranks, started by a launcher: rank 0 alone knows files. Its launcher is ours where @p ids says so. */
static int run_rank(struct sb_job *job, int rank, FILE *ids, struct sb_error *err)
{
    return rank > 0 ? sb_rank_follow(job, rank, err) : sb_rank_lead(job, ids, STDOUT_FILENO, err);
}

/* The pods of an indexed Job all run the same command: the first has the job, the others wait for its mpirun. */
static bool is_agent(void)
{
    const char *index = getenv("JOB_COMPLETION_INDEX");
    return index && *index && strcmp(index, "0") != 0 && getenv("SWITCHBENCH_RANK_HOSTS");
}

/* --agent, and --on HOST WORD…, which mpirun calls. */
static int be_agent(const char *host, char *const words[])
{
    static struct sb_agents agents;
    struct sb_error err;
    int code = sb_agents_read(&agents, &err);
    if (code == 0 && agents.hosts == 0) {
        code = sb_fail(&err, SB_EINVAL, "SWITCHBENCH_RANK_HOSTS names no hosts");
    }
    code = code != 0 ? code
           : host    ? sb_agent_run(&agents, host, words, &err)
                     : sb_agent_serve(&agents, &err);
    return code >= 0 ? code : complain(&err, code == SB_EINVAL ? SB_EXIT_USAGE : SB_EXIT_INFRA);
}

static int run_job(struct sb_job *job, const struct files *files, struct sb_error *err)
{
    const char *launcher = "";
    const int rank = sb_ranks_asked(job) ? sb_rank_of_launcher(&launcher) : -1;
    if (files->ranked || rank > 0) {
        return run_rank(job, rank < 0 ? 0 : rank, files->ranked ? stdin : NULL, err);
    }
    int code = sb_records_begin(files->records, files->events, files->owner, err);
    if (code == 0 && files->records) {
        code = sb_records_skip_ended(job, files->records, err);
    }
    if (code != 0 || job->cell_count == 0) {
        return code;
    }
    if (rank == 0) {
        return run_rank(job, rank, NULL, err);
    }
    return job->trusted[0]       ? sb_oracle_run(job, STDOUT_FILENO, err)
           : sb_ranks_asked(job) ? sb_ranks_head(job, files->job, STDOUT_FILENO, err)
                                 : sb_pack_run(job, STDOUT_FILENO, err);
}

/* Slurm runs a command on the node itself where that has no oci.conf. */
static bool is_contained(const char *name)
{
    const char *told = getenv(SB_CONTAINED);
    const bool here = told && strcmp(told, name) == 0;
    if (!here) {
        fputs(
            "switchbench-runner: not in the container that was asked for: this node's Slurm has no "
            "oci.conf, or ignored it\n",
            stderr);
    }
    return here;
}

static void end_container(int number)
{
    _exit(128 + number);
}

int main(int argc, char **argv)
{
    struct files files = {0};
    const char *job_path = NULL;
    bool build = false;
    int (*single)(const char *path, struct sb_error *err) = NULL;
    sb_fs_own_streams();
    if (sb_contain_is_asked(argc, argv)) { /* before anything of the environment is changed */
        return sb_contain_run(argc, argv);
    }
    if (getpid() ==
        1) { /* in a container: the first process is only ended by signals that it takes */
        signal(SIGTERM, end_container);
        signal(SIGINT, end_container);
    }
    for (int i = 1; i < argc; ++i) {
        const struct question *question = find_question(argv[i], argv[i + 1]);
        if (question) {
            sb_environment_clear(argv);
            return question->answer(argv[i + 1]);
        }
        const char **file = i + 1 < argc ? file_option(&files, argv[i]) : NULL;
        if (file) {
            *file = argv[++i];
        } else if (strcmp(argv[i], "--build") == 0) {
            build = true;
        } else if (strcmp(argv[i], "--single") == 0) {
            single = sb_single_run;
        } else if (strcmp(argv[i], "--counted") == 0) {
            single = sb_single_counted;
        } else if (strcmp(argv[i], "--agent") == 0) {
            return be_agent(NULL, NULL);
        } else if (strcmp(argv[i], "--on") == 0 && i + 2 < argc) {
            return be_agent(argv[i + 1], argv + i + 2);
        } else if (strcmp(argv[i], "--ranked") == 0) {
            files.ranked = true;
        } else if (strcmp(argv[i], "--parent") == 0 && i + 1 < argc) {
            if (!die_with(argv[++i])) {
                return SB_EXIT_INFRA;
            }
        } else if (strcmp(argv[i], "--contained") == 0 && i + 1 < argc) {
            if (!is_contained(argv[++i])) {
                return SB_EXIT_INFRA;
            }
        } else if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        } else if (argv[i][0] == '-' ||
                   job_path) { /* last what is wrong: drivers quote the last line */
            fputs(usage, stderr);
            fprintf(stderr, "switchbench-runner %s does not know '%s'\n", SB_VERSION, argv[i]);
            return SB_EXIT_USAGE;
        } else {
            job_path = argv[i];
        }
    }
    if (!job_path) {
        fputs(usage, stderr);
        return SB_EXIT_USAGE;
    }
    struct sb_error err;
    if (single) { /* in the tool's environment: it may have put libraries before ours */
        const int ended = single(job_path, &err);
        return ended >= 0 ? ended : complain(&err, SB_EXIT_USAGE);
    }
    if (!files.ranked && is_agent()) {
        return be_agent(NULL, NULL);
    }
    files.job = job_path;
    sb_environment_clear(argv);
    signal(SIGPIPE, SIG_IGN);
    struct sb_job job;
    const int code = sb_job_read(&job, job_path, &err);
    if (code != 0) {
        return complain(&err, SB_EXIT_USAGE);
    }
    const int failed =
        build ? sb_build_run(&job, STDOUT_FILENO, &err) : run_job(&job, &files, &err);
    sb_job_free(&job);
    return failed == SB_RANKS_AGAIN ? failed : failed ? complain(&err, SB_EXIT_INFRA) : 0;
}
