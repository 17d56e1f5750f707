/* SPDX-License-Identifier: Apache-2.0 */
/** Children started from an argv array, with a time limit, captured output and exit status. Never a shell. */
#ifndef SB_PROCESS_H
#define SB_PROCESS_H

#include "harness/util/error.h"

#include <signal.h>
#include <stddef.h>

struct sb_process_result {
    int exit_status; /* −1 where a signal ended it */
    int signal;      /* 0 where it exited */
    int timed_out;   /* it was killed at the time limit */
    char *
        output; /* stdout and stderr as they came, NUL-terminated; freed with sb_process_result_free() */
    size_t length;
    char *errors; /* sb_process_call() only: stderr, apart, NUL-terminated, its first 64 KiB */
};

/** A command with input, its two outputs apart. */
struct sb_process_call {
    const char *const *argv;        /* ends with NULL */
    const char *input;              /* text for stdin; NULL: /dev/null */
    const char *const *environment; /* further "NAME=value"; ends with NULL; may be NULL */
    double time_limit_s;
    size_t output_most; /* stdout is cut there; 0: 64 MiB */
};

/**
 * Runs argv[0] (looked up in PATH) and waits. The output is cut at 1 MiB. Errors: SB_EABSENT where the program does
 * not exist, SB_EIO. A non-zero exit is no error here.
 */
int sb_process_run(struct sb_process_result *out, const char *const argv[], double time_limit_s,
                   struct sb_error *err);
/** The same; once @p stop is set (by a handler of signals), what was started gets SIGTERM, and is waited for. NULL: never. */
int sb_process_run_until(struct sb_process_result *out, const char *const argv[],
                         double time_limit_s, const volatile sig_atomic_t *stop,
                         struct sb_error *err);
/** The same with stdin, a changed environment, and stderr apart. Not for children that start background processes which
 *  keep the outputs open: those are waited for until the time limit. */
int sb_process_call(struct sb_process_result *out, const struct sb_process_call *call,
                    struct sb_error *err);
/**
 * sb_process_call(), where anything but exit 0 is an error too: SB_EINFRA "<program>: <first line of stderr>", also
 * for a time limit ("did not answer within …"). @p out is freed on error.
 */
int sb_process_answer(struct sb_process_result *out, const struct sb_process_call *call,
                      struct sb_error *err);
void sb_process_result_free(struct sb_process_result *result);
/** Full path of @p program in PATH; SB_ENOTFOUND. */
int sb_process_which(char *out, size_t room, const char *program, struct sb_error *err);
/**
 * When process @p pid started (field 22 of /proc/<pid>/stat): a process id is used again, its start time with it is not.
 * 0 where there is none, or only what its parent has not yet collected.
 */
unsigned long long sb_process_start_time(long pid);
/** Monotonic nanoseconds. */
unsigned long long sb_process_now_ns(void);

#endif
