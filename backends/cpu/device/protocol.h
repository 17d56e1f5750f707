/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the runner and an emulated process say to each other, through two pipes; arrays lie in a file of memory that
 * both map. Only types of one size and one order of bytes everywhere. An order that asks for an answer gets one reply;
 * a process that dies of a signal says so in a last one.
 */
#ifndef SB_CPU_PROTOCOL_H
#define SB_CPU_PROTOCOL_H

#include <stdint.h>

/* Between arrays in the file, and of the guard on each side: no machine has larger pages. */
#define SB_EMULATED_GUARD 65536
#define SB_EMULATED_ARRAYS 12
#define SB_EMULATED_ARGS 20

enum sb_order_kind {
    SB_ORDER_SETUP = 1, /* value: whether subnormals count as zero; reply: how many threads */
    SB_ORDER_MAP,       /* array number value; reply: errno or 0 */
    SB_ORDER_PREPARE, /* value launches follow; reply: −1, or the launch whose function is missing */
    SB_ORDER_REPEAT,  /* runs those from value to before end; reply: its time */
    SB_REPLY_DIED     /* value: the signal; array: whose guard was reached, or −1 */
};

struct sb_order {
    int32_t kind, value;
    int32_t end, zero;
    uint64_t offset; /* SB_ORDER_MAP: where the array's pages begin in the file */
    uint64_t pages_bytes;
    uint64_t data; /* where in them its data begins */
};

struct sb_emulated_launch {
    char function[64];
    int64_t extent[3];
    struct {
        int32_t array; /* −1: bits are the value of a scalar, in the first bytes of its type */
        int32_t zero;
        uint64_t bits;
    } arg[SB_EMULATED_ARGS];
};

struct sb_reply {
    int32_t kind, value, array, zero;
    uint64_t time_ns;
};

#endif
