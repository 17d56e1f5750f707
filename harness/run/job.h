/* SPDX-License-Identifier: Apache-2.0 */
/** A job file: what one runner does on one node. Written by `switchbench`, read by `switchbench-runner`. */
#ifndef SB_JOB_H
#define SB_JOB_H

#include "harness/plan/plan.h"

struct sb_job {
    char campaign[96];
    char name[64];      /* "job-1" */
    char place[64];     /* "local" */
    char scheduler[32]; /* "local" */
    char engine[32];    /* of the container; "": none */
    char image[1024];   /* by digest */
    int attempt;
    double precision, budget_s, time_limit_s, memory_limit_bytes;
    int samples_most, threads;
    int jobs;            /* compiled at once by --build; 0: as many as cores */
    char pictures[1024]; /* folder for PNG pictures; "" for none */
    char trusted[32];    /* backend that every cell is compared with (harness/oracle/); "": none */
    unsigned toggles;    /* of enum sb_toggle; 0 but in jobs for a debugger */
    char plugin[1100];   /* of the emulator that runs the cells: "FILE,NAME=VALUE"; usually "" */
    bool counts;         /* twin: count what a GPU would do */
    struct sb_strings counters;   /* "auto", "SOURCE", "SOURCE:EVENT+EVENT"; empty: none */
    bool once;                    /* one order of threads */
    struct sb_strings topologies; /* digests of nodes whose topology the campaign has */
    struct sb_cell *cell;
    int cell_count, cell_room;
    struct sb_strings strings;
};

/** Reads a job file. Errors: SB_ENOTFOUND, SB_EPARSE with path and fault, SB_EVERSION. */
int sb_job_read(struct sb_job *out, const char *path, struct sb_error *err);
void sb_job_free(struct sb_job *job);

#endif
