/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A campaign on disk: plan.json (immutable), journal.jsonl (append-only, one writer, fsynced), records/<job>.jsonl
 * (one writer each), jobs/. The writer holds a lock on the journal where the file system has locks, and does without
 * where it has none; a torn last line is tolerated everywhere.
 * Journal lines: {schema_version, time, event, …}
 *   planned {campaign, cells}   submitted {job, attempt, pid, cells: n}   started {cell, job}
 *   ended {cell, job, state}    interrupted {job, reason}   finished {counts}
 */
#ifndef SB_FOLDER_H
#define SB_FOLDER_H

#include "harness/plan/plan.h"
#include "harness/record.h"

struct sb_folder {
    char path[1024];
    struct sb_plan plan;
    enum sb_state *state; /* per cell of the plan; SB_STATES: not ended */
    int ended;            /* cells in an end state */
    int counts[SB_STATES];
    int attempt;                  /* highest attempt so far; 0: none submitted */
    long pid;                     /* of the last submitted job's process, 0 where unknown */
    unsigned long long pid_start; /* its start time (/proc/pid/stat field 22), to know it again */
    int journal_fd;               /* −1 unless opened for writing */
    char warning
        [512]; /* a torn line, a record without its journal line: what was mended; else empty */
};

/** Creates the folder with plan.json and an open journal. SB_EIO: unwritable, full, exists and not empty. */
int sb_folder_create(struct sb_folder *out, const char *path, struct sb_plan *plan_moved,
                     struct sb_error *err);
/**
 * Opens a folder and replays journal and records: a record counts as ended even where the kill came before its
 * journal line; a cell that the journal calls ended and no record shows does not. @p write: opens the journal for
 * appending. SB_ENOTFOUND: no campaign there. SB_EPARSE: which line. SB_EINVAL: another process writes it.
 */
int sb_folder_open(struct sb_folder *out, const char *path, bool write, struct sb_error *err);
/** Appends one line (an object; the time is added; the reference is taken) and, if @p sync, fsyncs. SB_EIO. */
int sb_folder_note(struct sb_folder *folder, json_t *event, bool sync, struct sb_error *err);
/** Calls @p each for the record of every ended cell, one per cell (the last), in file order. */
int sb_folder_records(const struct sb_folder *folder, int (*each)(json_t *record, void *payload),
                      void *payload, struct sb_error *err);
/** The path of the newest campaign under @p parent ("campaigns"); SB_ENOTFOUND. */
int sb_folder_newest(char *out, size_t room, const char *parent, struct sb_error *err);
/** Index of the cell of that id in the plan, or −1. Quick for cells in the plan's order. */
int sb_folder_find(const struct sb_folder *folder, const char *id);
/** Sets a cell's state (SB_STATES: not ended), and with it counts[] and ended. */
void sb_folder_set_state(struct sb_folder *folder, int cell, enum sb_state state);
void sb_folder_close(struct sb_folder *folder);

#endif
