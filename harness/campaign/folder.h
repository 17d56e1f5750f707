/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A campaign on disk: plan.json (immutable), journal.jsonl (append-only, one writer, fsynced), records/<job>.jsonl
 * (one writer each, the job's runner; <job>.lost.jsonl is the driver's), jobs/, topology/<node.digest>.xml. The writer holds a lock on the journal where
 * the file system has locks, and a lease (lease.h) everywhere; a torn last line is tolerated everywhere.
 * Journal lines: {schema_version, time, event, …}
 *   planned {campaign, cells}
 *   submitting {job, attempt, place, tag, cells: n}   before the scheduler is asked, so that no job is forgotten
 *   submitted {job, id}                               job {job, state, node, words}: what the scheduler says, when it changes
 *   started {cell, job}   ended {cell, job, state[, decided]}     decided: the driver wrote the record
 *   closed {job, state, words, bytes, ended}          records of the job count up to that byte; what comes later does not
 *   setback {job, cells: n, reason}                   cells go back to be run again; stopped {place, reason}
 *   interrupted {reason}   finished {ended}
 */
#ifndef SB_FOLDER_H
#define SB_FOLDER_H

#include "harness/plan/plan.h"
#include "harness/record.h"

#include <stdint.h>

/** A job as the journal tells it. Jobs are named job-1, job-2, …; index = number − 1. */
struct sb_folder_job {
    char *place; /* of its cells, "slurm/n1"; NULL: there is no such job */
    char *id;    /* the scheduler's; NULL: not known to be submitted */
    int attempt;
    bool closed;
    long long bytes; /* records count up to there; −1: all */
    char state[16];  /* the last that was journaled, sb_job_state_text(); "" */
    char *node, *words;
};

struct sb_folder {
    char path[1024];
    struct sb_plan plan;
    enum sb_state *state; /* per cell of the plan; SB_STATES: not ended */
    int *
        ended_by; /* per cell: number of the job whose runner ended it, by the journal; 0: none, or the driver itself */
    int ended;    /* cells in an end state */
    int counts[SB_STATES];
    int attempt; /* highest attempt so far; 0: none submitted */
    struct sb_folder_job *job;
    int job_count, job_room;
    uint32_t *index; /* hash of cell ids: cell + 1, 0 is empty */
    uint32_t index_room;
    int journal_fd; /* −1 unless opened for writing */
    char warning
        [512]; /* a torn line, a record without its journal line: what was mended; else empty */
};

/** Creates the folder with plan.json and an open journal. SB_EIO: unwritable, full, exists and not empty. */
int sb_folder_create(struct sb_folder *out, const char *path, struct sb_plan *plan_moved,
                     struct sb_error *err);
/**
 * Opens a folder and replays journal and records: a record counts as ended even where the kill came before its
 * journal line; a cell that the journal calls ended and no record shows does not. Of campaigns with more than 16 MiB of
 * records, those of closed jobs are believed to be there by the length of their files. @p write: opens the journal for
 * appending. SB_ENOTFOUND: no campaign there. SB_EPARSE: which line. SB_EINVAL: another process writes it.
 */
int sb_folder_open(struct sb_folder *out, const char *path, bool write, struct sb_error *err);
/** Appends one line (an object; the time is added; the reference is taken) and, if @p sync, fsyncs. SB_EIO. */
int sb_folder_note(struct sb_folder *folder, json_t *event, bool sync, struct sb_error *err);
/** Calls @p each for the record of every ended cell, one per cell (the first that is not "lost", else the last), in file order. */
int sb_folder_records(const struct sb_folder *folder, int (*each)(json_t *record, void *payload),
                      void *payload, struct sb_error *err);
/** The path of the newest campaign under @p parent ("campaigns"); SB_ENOTFOUND. */
int sb_folder_newest(char *out, size_t room, const char *parent, struct sb_error *err);
/** Index of the cell of that id in the plan, or −1. */
int sb_folder_find(const struct sb_folder *folder, const char *id);
/** The job of that number (from 1), made where there is none yet; NULL when out of memory. */
struct sb_folder_job *sb_folder_job(struct sb_folder *folder, int number);
/** The number in "job-12", "job-12.lost"; 0 where it is no job's name. */
int sb_folder_job_number(const char *name);
/** Sets a cell's state (SB_STATES: not ended), and with it counts[] and ended. */
void sb_folder_set_state(struct sb_folder *folder, int cell, enum sb_state state);
void sb_folder_close(struct sb_folder *folder);

#endif
