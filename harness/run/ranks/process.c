/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/ranks/process.h"

#include "harness/run/ranks/plugin.h"
#include "harness/run/ranks/repeat.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CPUS_MOST 1024

/* Where a rank is: what all know of each. */
struct seat {
    char host[128];
    int first_cpu, cpu_count;
};

struct process {
    struct sb_cell_task task;
    struct sb_ranks *ranks;
    int cpus[CPUS_MOST];
    bool sliced; /* the node's ranks share its processors out among them: their launcher did not */
};

int sb_rank_plugin(char *out, size_t room, struct sb_error *err)
{
    const char *named = getenv("SWITCHBENCH_MPI");
    snprintf(out, room, named && *named ? "%s" : "%s/switchbench-mpi.so",
             named && *named ? named : sb_fs_program_folder());
    return access(out, R_OK) == 0
               ? 0
               : sb_fail(err, SB_EABSENT,
                         "there is no %s: ranks need it, built where MPI is (install "
                         "libopenmpi-dev and build again)",
                         out);
}

static void say(const struct process *p, json_t *line)
{
    struct sb_error err;
    if (sb_json_write_line(p->task.out, line, &err) != 0) {
        _exit(SB_EXIT_INFRA);
    }
    json_decref(line);
}

/* Dies with one sentence in the log: the other ranks' launcher ends them. */
static void give_up(const char *what)
{
    fprintf(stderr, "switchbench-runner: %s\n", what);
    _exit(SB_EXIT_INFRA);
}

static const struct sb_ranks_plugin *join(struct process *p)
{
    char path[1024];
    char fault[512] = "";
    struct sb_error err = {0};
    if (sb_rank_plugin(path, sizeof path, &err) != 0) {
        give_up(err.text);
    }
    /* global: MPI opens plug-ins of its own, which look for its symbols */
    void *object = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    const struct sb_ranks_plugin *plugin = object ? dlsym(object, "sb_ranks_plugin") : NULL;
    if (!plugin || plugin->abi != SB_RANKS_PLUGIN_ABI) {
        const char *why = object ? NULL : dlerror();
        snprintf(fault, sizeof fault, "%s: %s", path, why ? why : "is of another version");
        give_up(fault);
    }
    p->ranks = plugin->open(fault, sizeof fault);
    if (!p->ranks) {
        give_up(fault);
    }
    p->task.ranks = p->ranks;
    return plugin;
}

/* This rank's share of the processors, where several ranks of its node were given the same. */
static void take_cpus(struct process *p, const struct seat *seat, const struct seat *own)
{
    int sharing = 0;
    int before = 0;
    for (int i = 0; i < p->ranks->size; ++i) {
        const bool same = strcmp(seat[i].host, own->host) == 0 &&
                          seat[i].first_cpu == own->first_cpu &&
                          seat[i].cpu_count == own->cpu_count;
        sharing += same;
        before += same && i < p->ranks->rank;
    }
    const int count = p->task.cpu_count < CPUS_MOST ? p->task.cpu_count : CPUS_MOST;
    if (sharing < 2 || count < 1) {
        return;
    }
    const int first = count >= sharing ? before * count / sharing : before % count;
    const int end = count >= sharing ? (before + 1) * count / sharing : first + 1;
    memcpy(p->cpus, p->task.cpus + first, (size_t)(end - first) * sizeof *p->cpus);
    p->task.cpus = p->cpus;
    p->task.cpu_count = end - first;
    p->sliced = true;
}

/* Before each cell: OpenMP bound this thread in the one before, and PoCL's threads take after it. */
static void stay(const struct process *p)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < p->task.cpu_count; ++i) {
        if (p->task.cpus[i] < CPU_SETSIZE) {
            CPU_SET(p->task.cpus[i], &set);
        }
    }
    if (p->task.cpu_count > 0) {
        sched_setaffinity(0, sizeof set, &set);
    }
}

/* "mpi" of the records: nodes in the order of their first rank, and how many ranks each has. */
static void tell_seats(const struct process *p, const struct seat *seat, const char *launcher)
{
    json_t *nodes = json_array();
    json_t *counts = json_array();
    for (int i = 0; i < p->ranks->size; ++i) {
        int same = 0;
        bool first = true;
        for (int k = 0; k < p->ranks->size; ++k) {
            const bool here = strcmp(seat[k].host, seat[i].host) == 0;
            same += here;
            first = first && !(here && k < i);
        }
        if (first) {
            json_array_append_new(nodes, json_string(seat[i].host));
            json_array_append_new(counts, json_integer(same));
        }
    }
    say(p, json_pack("{s:s,s:{s:s,s:s,s:o,s:o,s:b}}", "answer", "ranks", "mpi", "library",
                     p->ranks->library, "launcher", launcher, "nodes", nodes, "ranks_per_node",
                     counts, "sliced", p->sliced));
}

static void settle(struct process *p, struct sb_rank_start *start)
{
    struct seat own = {.first_cpu = p->task.cpu_count > 0 ? p->task.cpus[0] : -1,
                       .cpu_count = p->task.cpu_count};
    gethostname(own.host, sizeof own.host - 1);
    struct seat *all = calloc((size_t)p->ranks->size, sizeof *all);
    if (!all) {
        give_up("out of memory");
    }
    if (p->ranks->broadcast(p->ranks, start->line, sizeof start->line, 0) != 0 ||
        p->ranks->gather(p->ranks, all, &own, sizeof own) != 0) {
        give_up(p->ranks->fault(p->ranks));
    }
    take_cpus(p, all, &own);
    if (p->ranks->rank == 0) {
        tell_seats(p, all, start->launcher);
    } else {
        say(p, json_pack("{s:s,s:s}", "answer", "line", "line", start->line));
    }
    free(all);
}

/* The id of the next cell, on every rank; false at the end of all. */
static bool next_cell(const struct process *p, char id[13])
{
    size_t done = 0;
    char message[14] = "";
    while (p->ranks->rank == 0 && done < sizeof message) {
        const ssize_t got = read(p->task.in, message + done, sizeof message - done);
        if (got <= 0 && errno != EINTR) {
            break;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    if (p->ranks->rank == 0 && done < sizeof message) {
        memset(message, 0, sizeof message);
    }
    if (p->ranks->broadcast(p->ranks, message, sizeof message, 0) != 0) {
        give_up(p->ranks->fault(p->ranks));
    }
    memcpy(id, message + 1, 13);
    return message[0] == 'c';
}

void sb_rank_process(const struct sb_cell_task *task, void *payload)
{
    static struct process p;
    char id[13];
    p.task = *task;
    const struct sb_ranks_plugin *plugin = join(&p);
    settle(&p, payload);
    while (next_cell(&p, id)) {
        p.task.cell = NULL;
        for (int i = 0; i < task->job->cell_count; ++i) {
            if (strcmp(task->job->cell[i].id, id) == 0) {
                p.task.cell = &task->job->cell[i];
            }
        }
        if (!p.task.cell) {
            give_up("the ranks were given different job files");
        }
        stay(&p);
        sb_cell_serve(&p.task);
        if (p.ranks->rank == 0) {
            say(&p, json_pack("{s:s}", "answer", "left"));
        }
    }
    plugin->close(p.ranks);
}
