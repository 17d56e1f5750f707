/* SPDX-License-Identifier: Apache-2.0 */
/** From a campaign to its cells; plan.json. Touches no device. */
#ifndef SB_PLAN_H
#define SB_PLAN_H

#include "harness/place/place.h"
#include "kernels/kernel.h"

#include <jansson.h>

#define SB_PLAN_SCHEMA 1

/** case × variant × backend × target × place: one square of the matrix. Strings belong to the plan. */
struct sb_cell {
    char id[13]; /* hex, from everything that defines the cell within its campaign */
    struct sb_case c;
    const char *preset;
    const char *backend;
    const char *target;
    const char
        *place; /* "local", "slurm", "slurm/n1": of which place of the plan, and on which node */
    const char *folder; /* of the kernel */
    int replica;        /* 0 … repeat − 1 */
};

#define SB_PLAN_TAG 106

struct sb_plan {
    char id[96]; /* "<UTC time>-<name>" */
    char token
        [9]; /* eight hexadecimal digits, random: two campaigns may share an id; "": an older plan */
    char created[32]; /* ISO 8601, UTC */
    char name[64];
    struct sb_cell *cell;
    int cell_count, cell_room;
    double precision, budget_s, time_limit_s, memory_limit_bytes;
    int samples_most, threads;
    uint64_t seed;
    bool pictures;
    char trusted
        [32];    /* backend that the oracle compares every cell with; "": an ordinary campaign */
    bool counts; /* twin */
    struct sb_strings counters; /* "auto", "SOURCE", "SOURCE:EVENT+EVENT"; owned */
    bool once; /* no repetition in other orders of threads: the counts are wanted, not the faults */
    struct sb_place *place; /* by digest of their images; at least "local" */
    int place_count;
    struct sb_strings strings; /* owns */
};

/**
 * Plans @p campaign. Errors, each one sentence with the closest name: SB_ENOTFOUND (unknown kernel, backend, preset,
 * parameter, variant), SB_EINVAL (out of bounds), SB_ELIMIT (does not fit in memory: both numbers),
 * SB_ECOMPILE (a kernel folder's host file).
 */
int sb_plan_make(struct sb_plan *out, const struct sb_campaign *campaign, struct sb_error *err);
/** "stream/triad@small portable cpu" and, where they differ from the usual, precision, maths, target, parameters. */
void sb_cell_name(char *out, size_t room, const struct sb_cell *cell);
/** What the tags of its jobs begin with, in every scheduler: "<id>-<token>". */
void sb_plan_tag(char out[SB_PLAN_TAG], const struct sb_plan *plan);
/** The place that a cell's `place` names, "/node" apart; NULL: none of this plan. */
const struct sb_place *sb_plan_place(const struct sb_plan *plan, const char *spot);
/** The cell of that id, or of which @p id is a unique beginning; NULL where none or several. */
const struct sb_cell *sb_plan_find(const struct sb_plan *plan, const char *id);
/** plan.json, written and read cell by cell. SB_EINVAL: a name is no UTF-8. */
int sb_plan_write(const struct sb_plan *plan, const char *path, struct sb_error *err);
int sb_plan_read(struct sb_plan *out, const char *path, struct sb_error *err);
/** The same from memory; @p where begins the messages. */
int sb_plan_parse(struct sb_plan *out, const char *text, size_t length, const char *where,
                  struct sb_error *err);
/** A job file over @p cells (an array of sb_cell_to_json(), stolen; NULL: without); @p pictures: a folder, or "". New reference, or NULL. */
json_t *sb_plan_job(const struct sb_plan *plan, json_t *cells, const char *job, const char *place,
                    int attempt, const char *pictures);
/** A file of @p head (a document without cells, stolen) and, as its last member, the @p count cells of the plan whose indices are
 *  @p cell (NULL: the first ones); @p bare: no folders of built-in kernels. SB_EIO, SB_EINVAL. */
int sb_plan_write_cells(const char *path, json_t *head, const struct sb_plan *plan, const int *cell,
                        int count, bool bare, struct sb_error *err);
/** One cell as an object of plan.json and of a job file; and back (@p strings owns the texts). */
json_t *sb_cell_to_json(const struct sb_cell *cell);
int sb_cell_from_json(struct sb_cell *out, struct sb_strings *strings, const json_t *json,
                      struct sb_error *err);
void sb_plan_free(struct sb_plan *plan);

#endif
