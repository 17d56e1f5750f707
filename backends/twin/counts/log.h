/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What counted code writes down while it runs (device/count.c) and what merge.c reads: per thread, the basic blocks it
 * enters, the accesses it makes, the functions it enters and leaves. Sites are offsets of return addresses within the
 * compiled object.
 */
#ifndef SB_TWIN_LOG_H
#define SB_TWIN_LOG_H

#include <stdint.h>

/** Accesses have the numbers of enum sb_twin_access (device/abi.h), 0 … 4. */
enum sb_event_kind {
    SB_EVENT_ACCESS_MOST = 7,
    SB_EVENT_BLOCK = 8, /* site: a basic block */
    SB_EVENT_ENTER = 9, /* site: where the function returns to */
    SB_EVENT_LEAVE = 10,
    SB_EVENT_THREAD = 11 /* what follows is of thread `address` of the block */
};
#define SB_EVENT_SHARED 0x10 /* of kind: an access to memory of the block */
#define SB_EVENT_RANGE                                                                             \
    0x20 /* of kind: a copy of `bytes` whose type is aligned to less than its size */

struct sb_event {
    uint64_t address;
    uint32_t site;
    uint16_t bytes;
    uint8_t kind;
    uint8_t unused;
};

#endif
