/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The contract of a source of steadiness: a file harness/run/steady/sources/<name>.c that exports
 * `const struct sb_steady_source sb_steady_source_<name>`. It reads what the system counts before and after a turn; all it reads lies
 * under a root, so that recorded machines can be watched.
 */
#ifndef SB_STEADY_SOURCE_H
#define SB_STEADY_SOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Where and what is watched. */
struct sb_steady_at {
    const char *root; /* holds proc/ and sys/; "": this machine */
    const int *cpus;  /* logical CPUs that the cell computes on */
    int cpu_count;
};

/** A turn that ended. */
struct sb_steady_turn {
    double wall_ns;
    double own_ns; /* CPU time of this process, all threads */
    const struct sb_steady_at *at;
    json_t *marks;  /* [{what, amount}]: sb_steady_mark() */
    json_t *totals; /* {name: number}: sb_steady_add() and friends */
};

struct sb_steady_source {
    const char *name;
    /** Opens its files. On success *state is given to the other functions; else false, and @p reason gets a few words. Required. */
    bool (*open)(void **state, const struct sb_steady_at *at, char *reason, size_t room);
    /** Before a turn. Required. */
    void (*begin)(void *state);
    /** After a turn that began(). Required. */
    void (*end)(void *state, struct sb_steady_turn *turn);
    /** Required. */
    void (*close)(void *state);
};

/** All of them; ends with NULL. */
extern const struct sb_steady_source *const sb_steady_sources[];

/** The turn was disturbed. @p amount: a share of its time, or a count; see timing.disturbed of harness/record.h. */
void sb_steady_mark(struct sb_steady_turn *turn, const char *what, double amount);
/** Adds to a total, or keeps the least, the greatest. */
void sb_steady_add(struct sb_steady_turn *turn, const char *total, double amount);
void sb_steady_least(struct sb_steady_turn *turn, const char *total, double value);
void sb_steady_most(struct sb_steady_turn *turn, const char *total, double value);

/** Opens <root>/<path> for reading again and again; −1. */
int sb_steady_file(const char *root, const char *path);
/** The file from its start, ended with NUL; its length, or −1. */
long sb_steady_text(int fd, char *out, size_t room);
/** The number at the file's start, or behind @p key where that is not NULL ("total=", "throttled_usec "); −1 where there is none. */
double sb_steady_number(int fd, const char *key);

#endif
