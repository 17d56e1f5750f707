/* SPDX-License-Identifier: Apache-2.0 */
/** What callgrind wrote (the format: valgrind's manual, "Callgrind Format Specification"), summed by object file. */
#ifndef SB_CALLGRIND_FILE_H
#define SB_CALLGRIND_FILE_H

#include "harness/util/error.h"

#include <stddef.h>
#include <stdint.h>

#define SB_CALLGRIND_EVENTS 16
#define SB_CALLGRIND_OBJECTS 256

struct sb_callgrind_object {
    char path[1024]; /* "???" is what it says of code in no file */
    uint64_t cost[SB_CALLGRIND_EVENTS];
};
struct sb_callgrind {
    char event[SB_CALLGRIND_EVENTS][16]; /* "Ir", "Dr", … */
    int events;
    struct sb_callgrind_object
        *object; /* own costs of its functions, without those called from there */
    int objects;
};

/** Reads @p text of @p length bytes. SB_EPARSE with the line: no events, another number than it tells in "summary:" or
 *  "totals:", a line that is none. SB_ENOMEM. Freed with sb_callgrind_free(), also on errors. */
int sb_callgrind_parse(struct sb_callgrind *out, const char *text, size_t length,
                       struct sb_error *err);
/** Index of an event, or −1. */
int sb_callgrind_event(const struct sb_callgrind *costs, const char *name);
void sb_callgrind_free(struct sb_callgrind *costs);

#endif
