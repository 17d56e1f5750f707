/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The contract of a scheduler: gets a job to a node and knows what became of it. One file here, `<name>.c`, exports
 * `const struct sb_scheduler sb_scheduler_<name>`.
 *
 * Nothing here waits for a job, retries or judges: harness/place/driver does. Every function returns in bounded time
 * (commands run through harness/util/process.h with a time limit) and never starts a shell: what users named stands in
 * argument vectors, or quoted by sb_script_write() in a script (harness/place/script.h).
 *
 * The runner writes its records itself, to ticket->records, when its node sees the campaign's folder; where it does
 * not, collect() brings them. Two runners of one job are told apart on the node (harness/run/owner.h).
 */
#ifndef SB_SCHEDULER_H
#define SB_SCHEDULER_H

#include "harness/place/place.h"
#include "harness/util/error.h"

#include <stddef.h>

enum sb_job_state {
    SB_JOB_QUEUED, /* also: requeued, suspended */
    SB_JOB_HELD, /* will not start by itself: held, unschedulable, image cannot be had; words say why */
    SB_JOB_RUNNING,
    SB_JOB_DONE,          /* ended by itself with code 0; this and all below are ends */
    SB_JOB_FAILED,        /* the runner ended with another code or by a signal */
    SB_JOB_TIMED_OUT,     /* the scheduler's time limit */
    SB_JOB_OUT_OF_MEMORY, /* ended for its memory */
    SB_JOB_CANCELLED,     /* by a person, or by cancel() */
    SB_JOB_NODE_FAILED,   /* its node died or was cut off: it may still be running there */
    SB_JOB_PREEMPTED,     /* gave way to another job, and is not queued again */
    SB_JOB_EVICTED,       /* its node wanted it gone (kubernetes) */
    SB_JOB_UNKNOWN,       /* the scheduler does not know it (any more) */
    SB_JOB_STATES
};

/** A job to be submitted. All strings belong to the caller. */
struct sb_ticket {
    const struct sb_place *place;
    const char *tag; /* "<campaign>.<job>", [A-Za-z0-9._-], at most 120: never submitted twice */
    const char *
        short_tag; /* "sb-" and 12 hex digits from the tag: for schedulers with short names, DNS names */
    const char *campaign; /* beginning of the tags of all its jobs, without the '.' */
    const char *folder;   /* the campaign's, absolute */
    const char *job;      /* job file, absolute: <folder>/jobs/<job>.json */
    const char *records;  /* file for records, absolute; the runner is given it in argv already */
    const char *events;   /* file for events ("started"), absolute; likewise in argv */
    const char *log;      /* file for all else that the job says, absolute */
    const char *const
        *argv; /* what to run, per rank: the runner, in its container; ends with NULL */
    const char *const
        *kernel_folders; /* folders of users' own kernels that the cells name; ends with NULL */
    const char *
        image; /* reference by digest, or NULL; argv holds the engine already, but where contains() */
    const char *node; /* pinned to it ("n1"; "n1,n2" for several); NULL: any */
    int ranks;        /* 1: no MPI */
    int ranks_per_node;
    double time_limit_s; /* of the job */
};

/** A job as the scheduler sees it. */
struct sb_placed {
    char id[128]; /* the scheduler's: "812", "schedd#12.0", "pid:start" */
    char tag[128];
    enum sb_job_state state;
    int exit_code;   /* of the runner; −1: unknown. Never the base of a verdict: state is */
    int starts;      /* how often it was started, as far as known; 0: unknown */
    char node[256];  /* where it runs or ran, comma-separated; "": unknown */
    char words[512]; /* the scheduler's own, one line ("NODE_FAIL NodeDown"); "": none */
    const char
        *folder; /* of its campaign, absolute, given to poll() and has_left(); NULL: unknown */
};

struct sb_scheduler {
    const char *name;  /* required, equals the file */
    const char *title; /* required, one line */
    bool attached;     /* its jobs die with the driver (local) */
    bool
        asks_by_place; /* poll() and find() know the jobs of that place alone: its hosts, its namespace */
    double poll_s; /* usual time between polls while jobs run; 0: 2 s */
    /** Whether it starts the containers of @p place itself: argv is then the runner inside ticket->image. NULL: never. */
    bool (*contains)(const struct sb_place *place);
    /** An image of a place that contains(), by digest. NULL: it comes from a registry (sb_image_resolve_remote()). */
    int (*resolve)(char *out, size_t room, const char *image, const struct sb_place *place,
                   struct sb_error *err);
    /** Places it offers here, an array of objects as in site.yaml, for `doctor`. SB_EABSENT with the reason. May be NULL. */
    int (*detect)(json_t **out, struct sb_error *err);
    /** Nodes of @p place: array of {name: s, state: s, usable: b, type: s}. NULL: policies that name nodes are refused. */
    int (*nodes)(json_t **out, const struct sb_place *place, struct sb_error *err);
    /** What submit() would do: command line, script, manifest, as text a person can run. Caller frees. Required. */
    int (*show)(char **out, const struct sb_ticket *ticket, struct sb_error *err);
    /** Submits; fills out->id and tag. SB_EINFRA (may be tried again), SB_EABSENT (no such scheduler here),
     *  SB_EINVAL (it refuses: its words). Required. */
    int (*submit)(struct sb_placed *out, const struct sb_ticket *ticket, struct sb_error *err);
    /** Jobs of @p campaign that it knows, whatever their state, with one question; *out malloc'd. Required. */
    int (*find)(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err);
    /** Brings state, node, words of @p jobs (id and tag given) up to date, with one question (two with accounting) for
     *  all. SB_EINFRA: it does not answer now; nothing changed. Required. */
    int (*poll)(struct sb_placed *jobs, int count, const struct sb_place *place,
                struct sb_error *err);
    /** Whether the job itself has left word, where the driver sees it, that its runner ended with code 0: then state, starts
     *  and node are filled in. Asks nobody and costs no more than reading a file: with all records in, a job need not wait
     *  for a poll. NULL: poll() alone tells. */
    bool (*has_left)(struct sb_placed *job);
    /** Brings what the runner has said since the last time: records, events and the rest, each to its file, through
     *  sb_collect() (harness/place/collect.h). Called at every poll and after the end. NULL: the node sees the campaign's folder. */
    int (*collect)(const struct sb_placed *job, const struct sb_ticket *ticket,
                   struct sb_error *err);
    /** Ends jobs, whatever their state, their processes included. Ended ones are no error. Required. */
    int (*cancel)(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err);
    /** Removes what is left of an ended and collected job (objects, files on nodes). May be NULL. */
    void (*forget)(const struct sb_placed *job, const struct sb_place *place);
};

/** All schedulers; ends with NULL. Written by CMake. */
extern const struct sb_scheduler *const sb_schedulers[];

/** By name; NULL and SB_ENOTFOUND with the closest name. */
const struct sb_scheduler *sb_scheduler_find(const char *name, struct sb_error *err);
/** Whether @p scheduler starts the containers of @p place itself. */
bool sb_scheduler_contains(const struct sb_scheduler *scheduler, const struct sb_place *place);
/** "queued", "node failed", …; and whether it is an end, and one that infrastructure is to blame for. */
const char *sb_job_state_text(enum sb_job_state state);
bool sb_job_has_ended(enum sb_job_state state);
bool sb_job_state_is_infrastructure(enum sb_job_state state);

#endif
