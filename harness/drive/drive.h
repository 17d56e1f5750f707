/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Driving a campaign: jobs are made of the cells that are to run, submitted within the places' windows, asked about, their
 * records taken in as they come; what a job's end means for its cells is decided here, and nowhere else.
 *
 *   pool.c     cells that are to run → jobs          job_file.c  a job → its file, its command line, its ticket
 *   submit.c   ticket → scheduler; after a kill, what it knows already
 *   follow.c   records and events of jobs → folder   ask.c       states of jobs, with back-off
 *   close.c    the end of a job → what becomes of its cells
 *   show.c     what would be submitted                 topology.c  the nodes' topologies
 *   ../pipeline.c  the loop: all of it, until nothing is left, a signal, or a request to cancel
 */
#ifndef SB_DRIVE_H
#define SB_DRIVE_H

#include "harness/campaign/lease.h"
#include "harness/pipeline.h"
#include "harness/place/schedulers/scheduler.h"

#include <limits.h>
#include <sys/types.h>

/** A file that grows, read line by line. */
struct sb_tail {
    char path[PATH_MAX];
    int fd;     /* −1: not there yet */
    off_t read; /* bytes taken in, whole lines */
    bool unsynced;
    char *pending;
    size_t length, room; /* of what is read and no whole line yet */
};

struct sb_drive_job {
    int number; /* "job-<number>" */
    char name[32];
    const struct sb_place *place;
    const struct sb_scheduler *scheduler;
    const char *spot;      /* of its cells; the plan's */
    int *cell, cell_count; /* indices into the plan */
    int attempt;
    bool alone;    /* one cell, by itself: it is to blame for what happens to the job */
    bool attached; /* dies with the driver */
    bool unsure;   /* the scheduler did not say whether it has it: it is asked for its tag */
    bool refused;  /* it never came to run, which is not its cells' fault */
    struct sb_placed placed;
    /* ticket and what it points to */
    struct sb_ticket ticket;
    char campaign[SB_PLAN_TAG]; /* what the tags of all its jobs begin with */
    char tag[128], short_tag[24], node[256];
    char file[PATH_MAX], log[PATH_MAX], owner[PATH_MAX];
    struct sb_strings argv, kernel_folders;
    struct sb_tail records, events;
    int started, ended;                                /* of its cells */
    int bad;                                           /* of them wrong or failed */
    int passed_over;                                   /* lines that are no records of its cells */
    unsigned long long submitted_ns, held_ns, done_ns; /* 0: not */
    unsigned long long whole_ns;                       /* all its cells have ended since then */
};

/** What is remembered of a place. */
struct sb_at_place {
    bool given_up;               /* no more jobs */
    int bad;                     /* nodes */
    int refusals;                /* submissions in a row that it did not take */
    unsigned long long pause_ns; /* no submission before */
};

/** One question for all jobs of a scheduler and its credentials. */
struct sb_asking {
    const struct sb_scheduler *scheduler;
    const struct sb_place *place;
    double interval_s;
    unsigned long long next_ns;
    int failures;                 /* in a row */
    unsigned long long silent_ns; /* since when; 0: it answers */
};

struct sb_drive {
    struct sb_folder *folder;
    const struct sb_progress *progress;
    struct sb_lease lease;
    struct sb_drive_job **job; /* live ones */
    int job_count, job_room;
    int number;             /* of the last job made */
    int attempt;            /* of cells that have had no setback since this driver began */
    int *setbacks;          /* per cell, since this driver began */
    bool *in_job;           /* per cell: a live job has it */
    bool *begun;            /* per cell: under way */
    bool *alone;            /* per cell: to run in a job of its own */
    bool *again;            /* per cell: its record says lost, and it is to run again */
    bool quiet;             /* what an earlier driver took in is read again */
    struct sb_at_place *at; /* per place */
    int next;               /* no cell before it is to run */
    struct sb_asking *asking;
    int asking_count;
    json_t *news;       /* journal lines of the records taken in since the last sync */
    char stopped[1024]; /* why no more jobs are made; "": they are */
};

/* pool.c */
/** Makes the tables of a zeroed *d with its folder. SB_ENOMEM; sb_drive_fini() also on errors. */
int sb_drive_init(struct sb_drive *d, struct sb_error *err);
void sb_drive_fini(struct sb_drive *d);
/** When a place that is left alone for a while is to be asked again while cells wait for it; 0: there is none. */
unsigned long long sb_drive_paused_until(const struct sb_drive *d);
bool sb_drive_to_run(const struct sb_drive *d, int cell);
/** Makes the next job that the windows allow, its files not yet; NULL: none. */
struct sb_drive_job *sb_drive_next_job(struct sb_drive *d, struct sb_error *err);
int sb_drive_add_job(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err);
void sb_drive_remove_job(struct sb_drive *d, struct sb_drive_job *job);
int sb_drive_place_index(const struct sb_drive *d, const struct sb_place *place);

/* job_file.c */
/** Fills paths, argv and ticket of a job that has number, place and cells. */
int sb_drive_job_ticket(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err);
/** Writes jobs/<job>.json. */
int sb_drive_job_write(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err);
/** The cells that jobs/<job>.json names (none where it is lost or damaged), for a job that an earlier driver made. */
int sb_drive_job_read(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err);
void sb_drive_job_free(struct sb_drive_job *job);

/* submit.c */
int sb_drive_submit(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err);
/** Takes over the jobs that the journal knows and that are not closed. */
int sb_drive_adopt(struct sb_drive *d, struct sb_error *err);
/** Asks for the tags of jobs that nobody knows to be submitted: known from now on, or to be closed; so are they
 *  after five minutes (or the place's hold limit) without an answer where no other job goes on. SB_EINFRA: no answer yet. */
int sb_drive_settle(struct sb_drive *d, const struct sb_asking *asking, struct sb_error *err);
/** Whether the question is one for that job. */
bool sb_drive_asked_by(const struct sb_asking *asking, const struct sb_drive_job *job);

/* follow.c */
/** Takes in what has come; *news is set where anything did. SB_EIO, SB_EINFRA. */
int sb_drive_follow(struct sb_drive *d, struct sb_drive_job *job, bool *news, struct sb_error *err);
/** A record made here, appended to records/<job>.lost.jsonl and taken in. */
int sb_drive_decide(struct sb_drive *d, struct sb_drive_job *job, int cell, const char *state,
                    const char *failure, const char *reason, struct sb_error *err);
/** Makes the records taken in durable, then the journal lines that speak of them. */
int sb_drive_sync(struct sb_drive *d, struct sb_error *err);
void sb_drive_tail_close(struct sb_tail *tail);
void sb_drive_say(const struct sb_drive *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* topology.c */
/** Keeps what a runner told of its node as topology/<node>.xml, unless it is there; what is no such event is passed over. SB_EIO. */
int sb_drive_keep_topology(const struct sb_drive *d, const json_t *event, struct sb_error *err);
/** The digests of the nodes that are there, for job files: their runners need not tell them again. New reference. */
json_t *sb_drive_topologies(const struct sb_drive *d);

/* ask.c */
/** From now on the job's scheduler is asked. SB_ENOMEM. */
int sb_drive_expect(struct sb_drive *d, const struct sb_drive_job *job, struct sb_error *err);
/** Asks the schedulers that are due and, once a child has ended, those whose jobs are children: the others' own commands
 *  are children, too. Journals changes. Never an error: one that does not answer is asked again. */
int sb_drive_ask(struct sb_drive *d, bool children, struct sb_error *err);
/** When the next question is due. */
unsigned long long sb_drive_next_question(const struct sb_drive *d);
/** News of @p job are to be expected. */
void sb_drive_ask_soon(struct sb_drive *d, const struct sb_drive_job *job);

/* close.c */
/** Closes a job that has ended, or whose @p words say why it is given up (then it is cancelled). */
int sb_drive_close(struct sb_drive *d, struct sb_drive_job *job, const char *given_up,
                   struct sb_error *err);
/** Cancels every live job and closes it: what had not ended is to run again. */
int sb_drive_cancel_all(struct sb_drive *d, const char *why, bool only_attached,
                        struct sb_error *err);
/** Ends every cell of the place that is still to run as lost: nothing can run there. */
int sb_drive_give_up_place(struct sb_drive *d, struct sb_drive_job *job, const char *reason,
                           struct sb_error *err);

#endif
