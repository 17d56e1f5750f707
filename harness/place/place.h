/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A place: somewhere to run, a scheduler's partition and the node type behind it, with the container engine and the
 * images used there. Read from site.yaml; written whole into plan.json, so that a campaign never changes under its
 * driver. A member is an option row (sb_place_options in place_options.c): key, type, unit, bounds, help.
 */
#ifndef SB_PLACE_H
#define SB_PLACE_H

#include "harness/plan/option.h"

#include <jansson.h>

struct sb_place {
    char *name;      /* [A-Za-z0-9._-]+ */
    char *scheduler; /* name of one in harness/place/schedulers/; "local" */
    char *engine;    /* name of one in harness/place/engines/; "none" */

    /* what the scheduler is asked for */
    char *
        partition; /* partition, queue, namespace: the scheduler's word for it; NULL: its default */
    char *account; /* NULL: its default */
    char *constraint; /* node features as the scheduler writes them; NULL: any */
    struct sb_strings
        select; /* "key=value": node labels (kubernetes), attributes (htcondor), properties (oar) */
    struct sb_strings hosts;   /* ssh: the machines */
    struct sb_strings options; /* further arguments of its submit command, one argument each */
    char *
        nodes; /* policy: "any" (one job, wherever), "all", "sample:K", "pairs", or names "n1,n2" */
    char *
        gpu; /* the scheduler's name of a GPU resource ("gpu:a100", "nvidia.com/gpu"); NULL: its usual */
    int gpus;            /* per node; 0: none */
    int cores;           /* per node; 0: the scheduler's default */
    double memory_bytes; /* per node; 0: the scheduler's default */
    double time_limit_s; /* of a job; 1 h */
    bool exclusive;      /* the whole node */
    char *mpi; /* launcher of ranks where the scheduler has several ("pmix"); NULL: its usual */

    /* how the job finds itself */
    struct sb_strings modules;     /* loaded by `module load` before the runner */
    struct sb_strings environment; /* "NAME=value" */
    char *
        runner; /* path of switchbench-runner there; NULL: beside this program, or the image's own */
    char *
        scratch; /* folder there, where the campaign's folder is not seen (ssh); NULL: the campaign's own path */
    char *account_file; /* credentials of the scheduler (kubeconfig); NULL: its usual way */
    char *claim; /* kubernetes: a volume claim that holds campaigns; NULL: records through logs */

    /* container */
    struct sb_strings
        images; /* "backend=reference" or "reference" for all; by digest once planned */
    struct sb_strings mounts; /* further folders seen inside, read-only: "/data" or "/data:rw" */
    struct sb_strings engine_options; /* further arguments of the engine's command */
    char *devices;                    /* GPUs inside: "none", "nvidia", "amd"; NULL: by backend */

    /* limits */
    int jobs_most;        /* in the queue or running at once; 50 */
    int nodes_most;       /* at once; 0: no bound */
    int retries;          /* of a cell after an infrastructure failure; 2 */
    int stop_after_bad;   /* nodes that ended wrong or failed before no more are tried; 0: never */
    int pack;             /* cells of one job at most; 0: all */
    double poll_s;        /* between two questions to the scheduler at most; 0: its usual */
    double queue_limit_s; /* a job that waited so long is taken back; 0: never */
    double hold_limit_s;  /* a job held or refused so long is taken back; 60 */
};

/** The rows of a place in site.yaml; targets are struct sb_place. Ends with SB_OPTION_END. */
extern const struct sb_option sb_place_options[];

/** A place with defaults that jobs reach through @p scheduler; "local" needs no site.yaml. */
int sb_place_init(struct sb_place *out, const char *name, const char *scheduler,
                  struct sb_error *err);
int sb_place_copy(struct sb_place *out, const struct sb_place *place, struct sb_error *err);
/** As one object, keys of sb_place_options; defaults left out. New reference, or NULL. */
json_t *sb_place_to_json(const struct sb_place *place);
int sb_place_from_json(struct sb_place *out, const json_t *json, struct sb_error *err);
/** The image for @p backend as named or, once planned, by digest; NULL: no container. */
const char *sb_place_image(const struct sb_place *place, const char *backend);
void sb_place_free(struct sb_place *place);

#endif
