/* SPDX-License-Identifier: Apache-2.0 */
/** Runs the blocks of a launch, their threads as fibers, in an order drawn per repetition. */
#ifndef SB_TWIN_SCHEDULE_H
#define SB_TWIN_SCHEDULE_H

#include "backends/twin/device/abi.h"
#include "backends/twin/fiber.h"
#include "backends/twin/finding.h"
#include "backends/twin/order.h"
#include "harness/util/error.h"

#include <stdbool.h>
#include <stdint.h>

/** Rounds in which every thread spins and no atomic changes memory: nobody will do what they wait for. */
#define SB_STUCK_ROUNDS 64
#define SB_RESIDENT_MOST 64 /* blocks that wait for each other at the same time */

enum sb_thread_state {
    SB_THREAD_FRESH,
    SB_THREAD_READY,
    SB_THREAD_AT_BARRIER,
    SB_THREAD_AT_WARP,
    SB_THREAD_SPINS,
    SB_THREAD_ENDED
};

struct sb_twin_thread {
    void *stack_pointer;
    const void *pc; /* where it waits */
    uint64_t mask, value, result;
    int32_t argument, width, what;
    uint32_t spins;
    const void *spin_pc;
    struct
    { /* a plain read of what others update atomically: harmless if a compare-and-swap follows */
        uintptr_t address;
        struct sb_finding finding;
    } guess;
    unsigned fences;
};

/** A block that has begun. Its shared memory is the object's while it runs, else saved. */
struct sb_twin_block {
    struct sb_twin_3 index;
    uint32_t linear;
    uint32_t first, interval[2], now[2]; /* epochs */
    struct sb_order_known known;
    unsigned char *state; /* enum sb_thread_state, per thread */
    struct sb_twin_thread *thread;
    struct sb_order_thread *order;
    struct sb_fiber_stacks stacks;
    int stacks_used; /* handed to fibers of this block, in order */
    void **idle;     /* fibers that ended their last thread: they take another when switched to */
    int idle_count;
    int alive;
    int cursor; /* into the order of threads */
    uint64_t stuck_changes;
    int stuck;
    unsigned char *saved; /* contents and cells of shared memory, while another block runs */
    int room;             /* threads that the arrays above hold */
};

enum sb_twin_lane_order { SB_LANES_UP, SB_LANES_DOWN, SB_LANES_MIXED };

struct sb_twin_schedule {
    int warp_size;
    enum sb_twin_lane_order order;
    uint64_t seed;
    uint32_t epoch; /* the latest given; never goes back */
    uint32_t launch_epoch;
    int threads;     /* of a block */
    uint32_t blocks; /* of the launch */
    struct sb_twin_3 extent, size;
    struct sb_twin_3 at[1024]; /* index of each thread */
    uint16_t turn[1024];       /* the order in which threads run */
    struct sb_twin_block block[SB_RESIDENT_MOST];
    int resident, running;
    uint32_t begun;
    void *home;   /* stack pointer of the scheduler */
    int thread;   /* that runs */
    bool stopped; /* the launch was given up */
    bool
        order_used; /* fences or warp barriers: what they order has to be forgotten with the block */
    void (*run)(const struct sb_twin_arg *args);
    const struct sb_twin_arg *args;
};

struct sb_exec;
/** Runs one launch to its end, or until it had to be given up (the findings say why). SB_ENOMEM. */
int sb_twin_schedule_launch(struct sb_exec *exec, struct sb_error *err);
void sb_twin_schedule_close(struct sb_twin_schedule *schedule);

/** Makes the schedule of repetition @p number: 0 is upwards; later ones permute lanes, warps and blocks, and change the
 *  warp size unless @p only_warp_size is given. */
void sb_twin_draw(struct sb_twin_schedule *schedule, int number, int only_warp_size);
/** How many different schedules there are. */
int sb_twin_draws(int only_warp_size);
/** The block that is the @p nth to begin. */
uint32_t sb_twin_draw_block(const struct sb_twin_schedule *schedule, uint32_t nth);
/** turn[], for the launch's number of threads. */
void sb_twin_draw_turns(struct sb_twin_schedule *schedule);

/** threads.c: gives the object the services that switch fibers. */
void sb_twin_threads_serve(struct sb_twin *twin);
/** Runs threads of the running block until none can go on. */
void sb_twin_threads_run(struct sb_twin_schedule *schedule);
/** Ends the running thread, which never comes back; gives up the launch. */
void sb_twin_stop_thread(void) __attribute__((noreturn));
void sb_twin_stop_launch(void) __attribute__((noreturn));

enum sb_twin_outcome { SB_GOES_ON, SB_SPINNING, SB_STUCK };
/** resolve.c: what blocked threads of the running block wait for, if it has come. */
enum sb_twin_outcome sb_twin_resolve(struct sb_exec *exec, struct sb_twin_block *block);
/** Which lanes a warp operation waits for: all of its mask; or, of one without a mask, those that are there (HIP's, and
 *  __activemask()); or those that are there whatever the mask says, which is a finding. */
enum sb_twin_patience { SB_WAIT_FOR_ALL, SB_TAKE_UNMASKED, SB_TAKE_ANY };
/** warp.c: completes warp operations; how many threads go on. */
int sb_twin_resolve_warps(struct sb_exec *exec, struct sb_twin_block *block,
                          enum sb_twin_patience patience);

#endif
