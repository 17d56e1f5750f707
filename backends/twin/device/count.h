/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What counted code (compiled with -DSB_TWIN_COUNTED) writes down; counts/collect.c reads it. Included by access.c. The
 * basic blocks are told by gcc's -fsanitize-coverage=trace-pc. Without SB_TWIN_COUNTED a note is nothing.
 */
#ifndef SB_TWIN_COUNT_H
#define SB_TWIN_COUNT_H

#include "abi.h"

#include "../counts/log.h"

/** How much of the running block is written down. */
enum sb_twin_log_level {
    SB_TWIN_LOG_NOTHING,
    SB_TWIN_LOG_ARRAYS, /* accesses to arrays alone: of blocks that are left out of a sample */
    SB_TWIN_LOG_ALL
};

/** The log of the running block; the runtime finds it by dlsym, gives it room and takes what is in it. */
struct sb_twin_log {
    struct sb_event *next, *end;
    uint32_t tid;   /* of the latest event */
    uint32_t level; /* enum sb_twin_log_level */
    void (*thread)(uint32_t tid); /* another thread runs; sets tid and level */
    void (*more)(void);           /* next has come to end: there is room again afterwards */
};

#ifdef SB_TWIN_COUNTED
extern __attribute__((visibility("default"))) struct sb_twin_log sb_twin_log;
struct sb_twin_log sb_twin_log;

static inline void sb_twin_log_add(unsigned kind, const void *address, size_t bytes, const void *pc)
{
    if (sb_twin_log.level == SB_TWIN_LOG_NOTHING) {
        return;
    }
    if (sb_twin.tid != sb_twin_log.tid) {
        sb_twin_log.thread(sb_twin.tid);
    }
    if (sb_twin_log.level != SB_TWIN_LOG_ALL && (kind & 0xF) > SB_EVENT_ACCESS_MOST) {
        return;
    }
    if (sb_twin_log.next == sb_twin_log.end) {
        sb_twin_log.more();
    }
    struct sb_event *event = sb_twin_log.next++;
    event->address = (uint64_t)(uintptr_t)address;
    event->site = (uint32_t)((uintptr_t)pc - sb_twin.code_begin);
    event->bytes = (uint16_t)bytes;
    event->kind = (uint8_t)kind;
}

/* An access; memory outside of the windows (the stack, tables of constants) is not memory of a GPU. */
static inline void sb_twin_note(const void *p, size_t bytes, unsigned kind, const void *pc)
{
    const uintptr_t a = (uintptr_t)p;
    if (a - sb_twin.window[SB_TWIN_IN_SHARED].begin < sb_twin.window[SB_TWIN_IN_SHARED].bytes) {
        sb_twin_log_add(kind | SB_EVENT_SHARED, p, bytes, pc);
    } else if (a - sb_twin.window[SB_TWIN_IN_GLOBAL].begin < sb_twin.window[SB_TWIN_IN_GLOBAL].bytes) {
        sb_twin_log_add(kind, p, bytes, pc);
    }
}

SB_TWIN_HIDDEN void __sanitizer_cov_trace_pc(void)
{
    sb_twin_log_add(SB_EVENT_BLOCK, 0, 0, __builtin_return_address(0));
}
#define SB_TWIN_NOTE(p, bytes, kind, pc) sb_twin_note((p), (bytes), (unsigned)(kind), (pc))
#define SB_TWIN_NOTE_CALL(kind, pc) sb_twin_log_add((kind), 0, 0, (pc))
#else
#define SB_TWIN_NOTE(p, bytes, kind, pc) ((void)0)
#define SB_TWIN_NOTE_CALL(kind, pc) ((void)0)
#endif

#endif
