/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/ranks/member.h"

#include "harness/run/counting/again.h"
#include "harness/run/pack.h"
#include "harness/run/ranks/process.h"
#include "harness/run/records.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_S 300    /* for all ranks to find each other */
#define LEAVE_S 60     /* for a cell to be left, for MPI to be left */
#define REASON_MS 1500 /* for another rank's parent to say why */

int sb_rank_of_launcher(const char **launcher)
{
    static const struct {
        const char *rank, *launcher;
    } known[] = {{"OMPI_COMM_WORLD_RANK", "mpirun"}, {"PMIX_RANK", "pmix"}, {"PMI_RANK", "pmi"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        const char *text = getenv(known[i].rank);
        if (text && *text) {
            *launcher = getenv("SLURM_STEP_ID") && i > 0 ? "srun" : known[i].launcher;
            return (int)strtol(text, NULL, 10);
        }
    }
    *launcher = "";
    return -1;
}

/* The task that a rank's process is forked with; it has a cell later. */
static struct sb_cell_task bare_task(const struct sb_pack *pack)
{
    static const struct sb_cell none;
    return sb_pack_task(pack, &none);
}

struct leader {
    struct sb_pack pack;
    struct sb_child process; /* pid, in, out: what the cells share */
    struct sb_line *line;
    json_t *mpi;
};

static int start(struct leader *l, struct sb_error *err)
{
    struct sb_rank_start given = {0};
    sb_rank_of_launcher(&given.launcher);
    int code = sb_line_open(&l->line, err);
    if (code != 0) {
        return code;
    }
    sb_line_address(l->line, given.line);
    const struct sb_cell_task task = bare_task(&l->pack);
    code = sb_child_spawn(&l->process, &task, sb_rank_process, &given, err);
    if (code != 0) {
        return code;
    }
    l->process.record = json_object();
    l->process.line = l->line;
    l->process.told_ns = sb_process_now_ns();
    sb_child_hear(&l->process, START_S);
    l->mpi = json_incref(json_object_get(l->process.record, "mpi"));
    return l->mpi ? 0
                  : sb_fail(err, SB_EINFRA, "the ranks did not find each other: %s",
                            sb_json_text_or(l->process.record, "reason", "no answer"));
}

/* A failure of the messages may have its cause in another rank, whose parent says so a moment later. */
static void ask_others(struct leader *l, struct sb_child *child)
{
    const char *failure = sb_json_text_or(child->record, "failure", "");
    if (strcmp(failure, "internal") != 0) {
        return;
    }
    struct pollfd p = {.fd = sb_line_fd(l->line), .events = POLLIN};
    const unsigned long long until = sb_process_now_ns() + REASON_MS * 1000000ULL;
    json_t *told = NULL;
    while (!told && sb_process_now_ns() < until) {
        if (poll(&p, 1, 50) > 0) {
            told = sb_line_take(l->line);
        }
    }
    if (told) {
        char reason[600];
        snprintf(reason, sizeof reason, "rank %d: %s", (int)sb_json_integer_or(told, "rank", -1),
                 sb_json_text_or(told, "reason", ""));
        sb_child_conclude(child, sb_json_text_or(told, "state", "failed"),
                          sb_json_text_or(told, "failure", NULL), reason);
        json_decref(told);
    }
}

/* Whether all ranks are still there, ready for the next cell. */
static bool leave(struct leader *l, struct sb_child *child)
{
    if (!child->pid) {
        return false;
    }
    struct sb_child all = l->process;
    all.record = json_object();
    all.pending = NULL;
    all.pending_length = all.pending_room = 0;
    all.busy_ns = 0;
    sb_child_ask(&all, 'q', LEAVE_S);
    const bool there = all.pid && !all.ended;
    if (!there) {
        child->pid = 0;
        ask_others(l, child);
    }
    free(all.pending);
    json_decref(all.record);
    return there;
}

static int run_cell(struct leader *l, const struct sb_cell *cell, struct sb_error *err)
{
    const struct sb_job *job = l->pack.job;
    const struct sb_cell_task task = sb_pack_task(&l->pack, cell);
    char message[14] = "c";
    memcpy(message + 1, cell->id, sizeof message - 1);
    int code =
        sb_pack_say(&l->pack, json_pack("{s:s,s:s}", "event", "started", "cell", cell->id), err);
    if (code != 0) {
        return code;
    }
    struct sb_child child = {.pid = l->process.pid,
                             .in = l->process.in,
                             .out = l->process.out,
                             .line = l->line,
                             .shared = true};
    sb_child_begin(&child, &task, l->pack.node, l->pack.environment);
    json_object_set(child.record, "mpi", l->mpi);
    if (write(child.in, message, sizeof message) != (ssize_t)sizeof message) {
        return sb_fail(err, SB_EINFRA, "rank 0's process is gone");
    }
    sb_child_ask(&child, 'p', job->time_limit_s);
    while (code == 0 && child.ready && !child.ended && !child.done) {
        code = sb_records_still_mine(err);
        sb_child_ask(&child, 't', job->time_limit_s);
    }
    if (code == 0 && child.ready && !child.ended) {
        sb_child_ask(&child, 'v', job->time_limit_s);
        sb_child_count(&child, job);
    }
    const bool there = leave(l, &child);
    json_t *record = sb_child_finish(&child, job);
    sb_count_again_ranks(record, job);
    code = code != 0 ? code : sb_pack_say(&l->pack, record, err);
    if (!there) { /* its ends of the pipes went with it */
        l->process.pid = 0;
        l->process.in = l->process.out = -1;
    }
    return code != 0 ? code : there ? 0 : SB_RANKS_AGAIN;
}

/* The process leaves MPI with the others, and ends. */
static void finish(struct leader *l)
{
    if (l->process.pid) {
        close(l->process.in);
        l->process.in = -1;
        for (int i = 0; i < LEAVE_S * 100; ++i) {
            if (waitpid(l->process.pid, NULL, WNOHANG) != 0) {
                l->process.pid = 0;
                break;
            }
            nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        }
    }
    sb_child_kill(&l->process);
    json_decref(l->process.record);
    json_decref(l->mpi);
    sb_line_close(l->line);
    sb_pack_close(&l->pack);
}

static const struct sb_cell *find(const struct sb_job *job, const char *id)
{
    for (int i = 0; i < job->cell_count; ++i) {
        if (strcmp(job->cell[i].id, id) == 0) {
            return &job->cell[i];
        }
    }
    return NULL;
}

int sb_rank_lead(const struct sb_job *job, FILE *ids, int out_fd, struct sb_error *err)
{
    struct leader l = {.process = {.in = -1, .out = -1}};
    int code = sb_pack_open(&l.pack, job, out_fd, err);
    code = code != 0 || ids ? code : sb_pack_say_topology(&l.pack, err);
    code = code != 0 ? code : start(&l, err);
    char line[32];
    for (int i = 0; code == 0; ++i) {
        const struct sb_cell *cell = NULL;
        if (!ids) {
            cell = i < job->cell_count ? &job->cell[i] : NULL;
        } else if (fgets(line, sizeof line, ids)) {
            line[strcspn(line, "\n")] = '\0';
            cell = find(job, line);
        }
        if (!cell) {
            break;
        }
        code = run_cell(&l, cell, err);
    }
    finish(&l);
    return code;
}

/* What this rank's process ended with, for rank 0's parent; NULL where it ended well. */
static json_t *last_words(const struct sb_child *process, const json_t *end, int rank)
{
    if (process->exit_status == 0) {
        return NULL;
    }
    const bool said = process->exit_status == SB_EXIT_INFRA && json_object_size(end) > 0;
    const json_t *from = said ? end : process->record;
    return json_pack("{s:i,s:s,s:s?,s:s}", "rank", rank, "state",
                     sb_json_text_or(from, "state", "failed"), "failure",
                     sb_json_text_or(from, "failure", NULL), "reason",
                     sb_json_text_or(from, "reason", ""));
}

/* Listens until the process is gone. Only its last end counts: those before were all ranks' own. */
static json_t *attend(struct sb_child *process, int *line, int rank)
{
    json_t *end = json_object();
    while (process->pid) {
        process->told_ns = sb_process_now_ns();
        process->busy_ns = 0;
        sb_child_hear(process, 1e9);
        const char *address = sb_json_text_or(process->record, "line", NULL);
        if (address && *line < 0) {
            struct sb_error err;
            if (sb_line_join(line, address, rank, &err) != 0) {
                fprintf(stderr, "switchbench-runner: %s\n", err.text);
            }
            process->tie = *line; /* rank 0's runner gone, this one is to go */
            json_object_del(process->record, "line");
        }
        if (process->ended && process->pid) {
            json_object_clear(end);
            json_object_update(end, process->record);
            process->ended = false;
        }
    }
    json_t *words = last_words(process, end, rank);
    json_decref(end);
    return words;
}

int sb_rank_follow(const struct sb_job *job, int rank, struct sb_error *err)
{
    struct sb_pack pack;
    struct sb_child process = {.in = -1, .out = -1};
    struct sb_rank_start given = {.launcher = ""};
    int line = -1;
    int code = sb_pack_open(&pack, job, -1, err);
    const struct sb_cell_task task = bare_task(&pack);
    code = code != 0 ? code : sb_child_spawn(&process, &task, sb_rank_process, &given, err);
    if (code != 0) {
        sb_pack_close(&pack);
        return code;
    }
    process.record = json_object();
    json_t *words = attend(&process, &line, rank);
    if (words) {
        code = SB_RANKS_AGAIN;
        fprintf(stderr, "switchbench-runner: rank %d: %s\n", rank,
                sb_json_text_or(words, "reason", ""));
        if (line >= 0 && sb_line_say(line, words, NULL) == 0) {
            /* rank 0's record comes first: an end now would have the launcher end all */
            struct pollfd p = {.fd = line, .events = POLLIN};
            poll(&p, 1, 30000);
        }
    }
    json_decref(words);
    sb_child_kill(&process);
    json_decref(process.record);
    sb_pack_close(&pack);
    return code;
}
