/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a kernel compiled for the twin and the runtime that executes it know of each other. The compiled object links
 * device/ files into itself, so that the hot path (device/access.c) is a direct call, and the runtime reaches it through
 * the one symbol `sb_twin`. C and C++; no libc.
 *
 * Threads of a block are fibers of one OS thread. A fiber runs until it ends or blocks (barrier, warp operation, spin),
 * so nothing here is atomic. `sb_twin_here` is written at each switch; kernels see it as constant, which it is to each
 * of them, and so neither are its reads watched.
 */
#ifndef SB_TWIN_ABI_H
#define SB_TWIN_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SB_TWIN_HIDDEN __attribute__((visibility("hidden")))

struct sb_twin_3 {
    uint32_t x, y, z;
};

/**
 * The running thread. Extents count threads (block_size) and blocks (grid). threadIdx and the like are macros that name
 * its members in the kernel's source, where `block` or `warp_size` may be macros, too: hence the sb_.
 */
struct sb_twin_here {
    struct sb_twin_3 sb_thread, sb_block, sb_block_size, sb_grid;
    struct sb_twin_3 sb_offset; /* OpenCL's global offset */
    uint32_t sb_dims;           /* OpenCL's work_dim */
    uint32_t sb_warp_size;
    uint32_t sb_lane;           /* within its warp */
};

enum sb_twin_access {
    SB_TWIN_READ = 0,
    SB_TWIN_WRITE = 1,
    SB_TWIN_ATOMIC = 2,       /* read-modify-write */
    SB_TWIN_ATOMIC_READ = 3,  /* an atomic or volatile load */
    SB_TWIN_ATOMIC_WRITE = 4, /* an atomic or volatile store */
    SB_TWIN_ATOMIC_COMPARE = 5, /* a compare-and-swap: a plain read of the same thread before it was a guess */
};
/** What a barrier or fence orders. CUDA's __syncthreads() is both; OpenCL's flags say which. */
enum sb_twin_fence { SB_TWIN_LOCAL = 1, SB_TWIN_GLOBAL = 2 };
/** What a barrier also computes over the block from each thread's value. */
enum sb_twin_barrier { SB_TWIN_PLAIN, SB_TWIN_COUNT, SB_TWIN_AND, SB_TWIN_OR };
enum sb_twin_warp {
    SB_TWIN_SYNC,
    SB_TWIN_SHUFFLE,      /* argument: source lane, within width */
    SB_TWIN_SHUFFLE_UP,   /* argument: delta */
    SB_TWIN_SHUFFLE_DOWN,
    SB_TWIN_SHUFFLE_XOR,
    SB_TWIN_ANY,
    SB_TWIN_ALL,
    SB_TWIN_BALLOT,
    SB_TWIN_MATCH_ANY,
    SB_TWIN_MATCH_ALL,    /* 0 where the values differ */
    SB_TWIN_CONVERGED,    /* the lanes that are here together: __activemask() */
};

/**
 * Shadow of one granule (1 << shift bytes) of an array: its last writer, and the readers of this launch: the first of
 * them and the epoch of the latest read. A thread is
 * (block << tid_bits | thread within the block). Epochs count upwards through the whole life of the runtime: every
 * barrier gives its block a new one. epoch 0: never.
 */
struct sb_twin_cell {
    uint32_t w_tid, w_epoch, w_site; /* site: offset of the code that did it, below 2^24, and flags above */
    uint32_t r_tid, r_epoch, r_site;
};
#define SB_TWIN_SITE_MASK 0xFFFFFFU
#define SB_TWIN_WAS_ATOMIC (1U << 24) /* of w_site */
#define SB_TWIN_MANY (1U << 25)       /* other threads of the block too, in this epoch (readers; atomics) */
#define SB_TWIN_MANY_WARPS (1U << 27) /* with MANY: not all of one warp */
#define SB_TWIN_MANY_BLOCKS (1U << 26) /* threads of other blocks too, in this launch */

/** An array in global or shared memory. Begins on a page, and the rest of its last page is out of bounds. */
struct sb_twin_segment {
    uintptr_t begin;
    size_t bytes;
    size_t room; /* bytes that cells[] covers, at least bytes */
    struct sb_twin_cell *cells;
    uint32_t shift;     /* log2 of the granule; smaller accesses refine it */
    uint32_t read_only; /* 1: an input, or constant: a write is a finding */
    char name[64];
};

enum sb_twin_memory { SB_TWIN_IN_GLOBAL, SB_TWIN_IN_SHARED };

/** Addresses begin … begin + bytes; page[] gives the segment of each 4 KiB page, NULL for none. */
struct sb_twin_window {
    uintptr_t begin;
    size_t bytes;
    struct sb_twin_segment **page;
};

/** One argument as the launch says it; the launcher casts to the parameter's own type. */
struct sb_twin_arg {
    void *pointer;
    int64_t integer;
    double real;
};

/** What the runtime gives to compiled code before its first launch. Services may switch fibers. */
struct sb_twin {
    uint32_t abi; /* SB_TWIN_ABI */
    struct sb_twin_here *here;
    struct sb_twin_window window[2]; /* by enum sb_twin_memory */
    uintptr_t stack_begin; /* of all fibers */
    size_t stack_bytes;
    uint32_t tid, tid_bits, warp_bits; /* bits of the numbers of threads in a block, of lanes in a warp */
    uint32_t watching; /* 0: outside of a launch; the windows are empty then */
    /* Per memory, global and shared. */
    uint32_t now[2];        /* epoch that accesses of the running thread get */
    uint32_t interval[2];   /* epoch that the latest barrier of the block began */
    uint32_t race_from[2];  /* epochs below are of earlier launches (global) or before the latest barrier (shared) */
    uint32_t valid_from[2]; /* last writes below: uninitialised */
    uint64_t accesses;      /* watched ones, counted */
    uint64_t changes;       /* atomics that changed memory: while others wait for one, it is progress */
    uintptr_t code_begin; /* load address of the object: site = pc − code_begin */
    /** An access that the fast path does not settle; pc is in the kernel. */
    void (*slow)(const void *p, size_t bytes, enum sb_twin_access kind, const void *pc);
    int32_t (*barrier)(enum sb_twin_barrier kind, unsigned fences, int32_t value, const void *pc);
    void (*fence)(unsigned fences, const void *pc);
    /** mask: participating lanes, ~0 for all. For ANY … BALLOT value is the predicate. */
    uint64_t (*warp)(enum sb_twin_warp what, uint64_t mask, uint64_t value, int32_t argument, int32_t width, const void *pc);
    /** Lanes of this warp that have not ended. */
    uint64_t (*active)(void);
    /** After an atomic that changed nothing, or a volatile load: a fiber that spins lets others run. */
    void (*spin)(const void *pc);
    /** Ends the launch, which is larger than the kernel says it may be. */
    void (*bounds)(const char *words);
    /** Ends the launch with a finding: trap(), an assertion. */
    void (*trap)(const char *what, const void *pc);
    /** From the object, after a launch: one asynchronous copy that nobody waited for, taken out; 0: none left. NULL: it
     *  makes no copies. */
    int (*unwaited)(uint32_t *tid, const void **pc);
};
#define SB_TWIN_ABI 1

/** Defined in device/access.c; the runtime finds it by dlsym. */
extern __attribute__((visibility("default"))) struct sb_twin sb_twin;

/** Looks at an access before it happens; for built-ins that touch memory themselves. @p pc: __builtin_return_address(0). */
SB_TWIN_HIDDEN void sb_twin_look(const void *p, size_t bytes, enum sb_twin_access kind, const void *pc);

#ifdef __cplusplus
}
#endif
#endif
