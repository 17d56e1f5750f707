/* SPDX-License-Identifier: Apache-2.0 */
/** What a person asks for: the axes of the matrix, from the command line, a YAML file, or the default. */
#ifndef SB_CAMPAIGN_H
#define SB_CAMPAIGN_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A growing list of strings it owns; {0} is empty. */
struct sb_strings {
    char **item;
    int count, room;
    uint32_t *slot; /* of sb_strings_intern(): index + 1, 0 is empty */
    uint32_t slots;
};
int sb_strings_add(struct sb_strings *list, const char *text);
/** Adds the parts of a comma-separated text. */
int sb_strings_add_csv(struct sb_strings *list, const char *csv);
/** The list's own copy of @p text, added where there is none yet; NULL when out of memory. For lists that hold nothing else. */
const char *sb_strings_intern(struct sb_strings *list, const char *text);
bool sb_strings_has(const struct sb_strings *list, const char *text);
/** Puts a NULL behind the last item, so that `item` is an argument vector; adding more takes it away. SB_ENOMEM. */
int sb_strings_end(struct sb_strings *list);
void sb_strings_free(struct sb_strings *list);

/** `parameter` of `kernel` (NULL: of every kernel that has it) takes each of these values, as text. */
struct sb_sweep {
    char *kernel;
    char *parameter;
    struct sb_strings values; /* "1024", "1024:4096:1024" (from:to:step, inclusive), "triad" */
    char *where;              /* where it was asked ("site.yaml:12", "--set"); for messages */
};

struct sb_place;

struct sb_campaign {
    char *name;                 /* [A-Za-z0-9._-]+; NULL: "default" */
    struct sb_strings kernels;  /* names, or folders (with a '/'); empty: all built in */
    struct sb_strings presets;  /* empty: "small" */
    struct sb_strings backends; /* empty: "cpu", "opencl" */
    struct sb_strings variants; /* empty: every variant that a kernel has for a backend */
    struct sb_strings targets;  /* empty: "native" */
    struct sb_strings
        foreign;             /* "backend target": pairs that are no cells (harness/cli/targets.h) */
    struct sb_strings maths; /* "fast", "strict"; empty: "fast" */
    struct sb_strings labels;     /* only preset rows with these labels; empty: all */
    struct sb_strings precisions; /* "double", "float"; empty: as the preset says */
    struct sb_strings ranks;      /* how many processes compute a case together; empty: "1" */
    struct sb_sweep *sweeps;
    int sweep_count;
    int repeat;          /* independent replicas of every cell, ≥ 1 */
    double precision;    /* stop at this half width of the median's interval (0: never); 0.01 */
    double budget_s;     /* sampling time per cell; 2 */
    int samples_most;    /* stop after so many samples (0: no bound); 4000 */
    double time_limit_s; /* per cell, everything included; 600 */
    double memory_limit_bytes; /* per cell; 0: what the cgroup allows */
    int threads;               /* cpu; 0: all allowed cores */
    int index_bits;            /* 0: 32 where the arrays allow, else 64 */
    uint64_t seed;             /* 0: from the clock, recorded */
    bool pictures;             /* write PNG pictures of results */
    bool counts;               /* twin: count what a GPU would do */
    struct sb_strings
        counters; /* "auto", "SOURCE", "SOURCE:EVENT+EVENT"; empty: none (harness/run/counting/) */
    struct sb_strings places; /* names in site.yaml, or of schedulers; empty: "local" */
    char *site; /* file with the places; NULL: the usual ones (harness/place/site.h) */
    char *engine, *image, *nodes; /* replace what the places say; NULL: as they say */
    int pack; /* cells of a job at most, replaces what the places say; 0: as they say */
    struct sb_place
        *place; /* the places resolved, owned (harness/place/resolve.h); NULL: only "local" */
    int place_count;
    struct sb_strings
        spots; /* "place" or "place/node": where every cell is to run; empty: "local" */
};

/** An empty campaign with the defaults above. */
void sb_campaign_init(struct sb_campaign *campaign);
/** Adds a sweep from "kernel.parameter=v1,v2" or "parameter=from:to:step". */
int sb_campaign_sweep(struct sb_campaign *campaign, const char *text, const char *where,
                      struct sb_error *err);
void sb_campaign_free(struct sb_campaign *campaign);

/**
 * Reads a YAML campaign into @p campaign (initialised). Errors: SB_EIO; SB_EPARSE "file:line: expected …".
 * Unknown keys are refused with the closest one. Schema: results/schema/campaign.schema.json.
 */
int sb_campaign_read_yaml(struct sb_campaign *campaign, const char *path, struct sb_error *err);
/** The same from memory; @p path is for messages. */
int sb_campaign_parse_yaml(struct sb_campaign *campaign, const char *text, size_t length,
                           const char *path, struct sb_error *err);

#endif
