/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What squeue and sacct say, as rows, and what it means. Text, not JSON: the two versions' JSON differ (22.05: a job's
 * state is a text, 24.11: an array), and that of 22.05's sacct calls failures successes. Exit codes decide nothing: a job
 * that ran out of time ends with 0:0.
 */
#ifndef SB_SLURM_STATE_H
#define SB_SLURM_STATE_H

#include "harness/place/schedulers/scheduler.h"

#include <stddef.h>

/** One job as Slurm tells it. */
struct sb_slurm_row {
    char id[32];
    char state[32];   /* "RUNNING", "CANCELLED" */
    char reason[160]; /* "NodeDown"; "": none */
    char nodes[160];  /* as Slurm writes them, "n[1-2]"; "": none */
    char wanted[160]; /* nodes that it is pinned to; "": any */
    char name[144];
    int exit_code; /* −1: unknown, or a signal ended it */
    int signal;
    int restarts; /* −1: unknown */
};

struct sb_slurm_rows {
    struct sb_slurm_row *row; /* freed by sb_slurm_rows_free() */
    int count, room;
};

/** The value of squeue's --Format that sb_slurm_read_squeue() reads: fields of fixed width. */
extern const char sb_slurm_squeue_format[];
/** The value of sacct's --format that sb_slurm_read_sacct() reads, with --parsable2. */
extern const char sb_slurm_sacct_format[];

/** Rows of @p text, appended; lines of another form (warnings, headings of clusters) are passed over. SB_ENOMEM. */
int sb_slurm_read_squeue(struct sb_slurm_rows *out, const char *text, struct sb_error *err);
int sb_slurm_read_sacct(struct sb_slurm_rows *out, const char *text, struct sb_error *err);
/** Sorts by id, for sb_slurm_rows_find(). */
void sb_slurm_rows_sort(struct sb_slurm_rows *rows);
/** The row with this id and name: ids are used again after some millions, and after a controller lost its state. */
const struct sb_slurm_row *sb_slurm_rows_find(const struct sb_slurm_rows *rows, const char *id,
                                              const char *name);
void sb_slurm_rows_free(struct sb_slurm_rows *rows);

/**
 * A waiting job whose wanted nodes are down or drained, by sinfo's lines in sb_slurm_node_format, becomes SB_JOB_HELD: 24.11 says
 * of it only "ReqNodeNotAvail, May be reserved for other job", which also passes by itself.
 */
void sb_slurm_look_at_nodes(struct sb_placed *job, const struct sb_slurm_row *row,
                            const char *sinfo);
/** Whether that is to be asked. */
bool sb_slurm_waits_for_nodes(const struct sb_placed *job, const struct sb_slurm_row *row);

/** State, exit code, starts, node and words of @p job as @p row says. */
void sb_slurm_tell(struct sb_placed *job, const struct sb_slurm_row *row);

/**
 * "n[1-2,07],login" as "n1,n2,n07,login". What does not fit, or has brackets in two places of a name, stays as it is.
 */
void sb_slurm_expand(char *out, size_t room, const char *nodes);

#endif
