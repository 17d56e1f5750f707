/* SPDX-License-Identifier: Apache-2.0 */
/** Errors: a fallible function returns 0 or a negative SB_E* and fills a caller-owned `struct sb_error`. */
#ifndef SB_ERROR_H
#define SB_ERROR_H

#include <stdbool.h>

#define SB_ERROR_MAP(X)                                                                            \
    X(SB_EINVAL, -1, "invalid argument")                                                           \
    X(SB_ENOMEM, -2, "out of memory")                                                              \
    X(SB_EABSENT, -3, "not available here")                                                        \
    X(SB_ENOTFOUND, -4, "not found")                                                               \
    X(SB_EIO, -5, "input or output failed")                                                        \
    X(SB_EPARSE, -6, "malformed input")                                                            \
    X(SB_ECOMPILE, -7, "does not compile")                                                         \
    X(SB_EDEVICE, -8, "device error")                                                              \
    X(SB_ELIMIT, -9, "limit reached")                                                              \
    X(SB_EINFRA, -10, "infrastructure failed")                                                     \
    X(SB_EVERSION, -11, "unknown version")                                                         \
    X(SB_ECRASH, -12, "crashed")                                                                   \
    X(SB_EBOUNDS, -13, "out of bounds")

enum sb_code {
    SB_OK = 0,
#define X(name, value, text) name = value,
    SB_ERROR_MAP(X)
#undef X
};

/** Long enough for a compiler's first messages; text is always NUL-terminated, and UTF-8: '?' for bytes that are not. */
struct sb_error {
    int code;
    char text[4096];
};

/** Sets @p err (may be NULL) and returns @p code, so that `return sb_fail(err, ...)` is one step. */
int sb_fail(struct sb_error *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** Puts what the caller knows before the text of @p err (may be NULL): "<prefix>: <text>"; returns its code. */
int sb_fail_in(struct sb_error *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** Puts '?' for every byte of @p text that is no UTF-8: what others said is cut anywhere, in any encoding, and becomes JSON. */
void sb_text_keep_utf8(char *text);
bool sb_text_is_utf8(const char *text);

/** The general sentence of an SB_E* code; never NULL. */
const char *sb_code_text(int code);

/** Exit codes of the programs, one meaning each. */
enum sb_exit {
    SB_EXIT_PASSED = 0,       /* all passed */
    SB_EXIT_WRONG = 1,        /* a wrong result */
    SB_EXIT_USAGE = 2,        /* usage or configuration */
    SB_EXIT_REGRESSION = 3,   /* slower beyond the gate */
    SB_EXIT_INFRA = 4,        /* scheduler, engine, disk; a cell was lost */
    SB_EXIT_INCONCLUSIVE = 5, /* a comparison could not be decided */
    SB_EXIT_NOTHING = 6,      /* nothing selected, or nothing could run */
    SB_EXIT_FAILED = 7        /* a kernel did not compile, crashed, or ran out of time */
};

#endif
