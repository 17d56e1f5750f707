/* SPDX-License-Identifier: Apache-2.0 */
/** A cell's process as its parent sees it, and the record that grows from its answers. */
#ifndef SB_CHILD_H
#define SB_CHILD_H

#include "harness/run/cell.h"
#include "harness/run/ranks/line.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct sb_child {
    const struct sb_cell *cell;
    pid_t pid;     /* 0: none */
    int in, out;   /* commands to it, answers from it; −1 */
    char *pending; /* bytes of an unfinished line */
    size_t pending_length, pending_room;
    json_t *record;
    json_t *samples, *turns;
    json_t *disturbed, *steady; /* of the turns: marks; totals, NULL until the last turn */
    unsigned long long begun_ns;
    unsigned long long told_ns; /* when the command under way was sent */
    unsigned long long busy_ns; /* time it has been working for us: what the time limit bounds */
    long long oom_kills;        /* of the cgroup, when it began */
    bool ready;                 /* prepared and verified: may take turns */
    bool done;                  /* needs no more turns */
    bool ended;                 /* the record is complete but for its process */
    bool shared;                /* its process serves other cells after this one */
    int exit_status;            /* of a process that exited by itself */
    int tie;                    /* a socket whose end is to end the process soon; 0: none */
    struct sb_line *line;       /* tells what other ranks died of; NULL: there are none */
};

/** Forks a process that calls @p work with @p task and never returns from it; sets pid, in and out. SB_EIO. */
int sb_child_spawn(struct sb_child *out, const struct sb_cell_task *task,
                   void (*work)(const struct sb_cell_task *task, void *payload), void *payload,
                   struct sb_error *err);
/** Begins the record of @p task's cell. */
void sb_child_begin(struct sb_child *child, const struct sb_cell_task *task, const json_t *node,
                    const json_t *environment);
/** Ends the record: "lost", "unsupported" … */
void sb_child_conclude(struct sb_child *child, const char *state, const char *failure,
                       const char *reason);

/** Forks the process. SB_EIO. */
int sb_child_start(struct sb_child *out, const struct sb_cell_task *task, const json_t *node,
                   const json_t *environment, struct sb_error *err);
/**
 * Sends a command and waits for its answer, at most until the cell's time limit; then, and where the process died, the
 * record says so and child->ended is set. Never fails.
 */
void sb_child_ask(struct sb_child *child, char command, double time_limit_s);
/** After 'v', where the job asks for counters: the record gets `counters`, and whatever happens there changes nothing else of it. */
void sb_child_count(struct sb_child *child, const struct sb_job *job);
/** The two halves of it: several children may work at once between them. */
void sb_child_tell(struct sb_child *child, char command);
void sb_child_hear(struct sb_child *child, double time_limit_s);
/** Ends the process if it still runs and is not shared, and completes the record, which the caller owns; releases everything else. */
json_t *sb_child_finish(struct sb_child *child, const struct sb_job *job);
/** Ends the process; the record so far stays. */
void sb_child_kill(struct sb_child *child);

#endif
