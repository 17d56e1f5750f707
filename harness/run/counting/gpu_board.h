/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A GPU board watched through its vendor's management library: an energy counter read at both ends of a window, levels (power,
 * clocks, temperature, reasons of a lower clock) sampled. A counter source over one library is a table and two functions.
 */
#ifndef SB_GPU_BOARD_H
#define SB_GPU_BOARD_H

#include "harness/run/counters/counter_source.h"

/** How an event's value comes about. */
enum sb_board_how {
    SB_BOARD_COUNTED,    /* of the energy counter, J */
    SB_BOARD_INTEGRATED, /* a level times time */
    SB_BOARD_MEAN        /* of a level */
};

struct sb_board_event {
    const char *name, *unit, *tags, *help;
    enum sb_board_how how;
    int level; /* the library's number of it, for level() */
};

struct sb_board_library {
    const char *source; /* its name */
    const struct sb_board_event *event;
    int events;
    /** The board that the cell's device is; @p device is the library's. SB_EABSENT with the reason. */
    int (*find)(uint64_t *device, const struct sb_counting_target *target, struct sb_error *err);
    /** The energy counter now. SB_EABSENT: this board has none; SB_EDEVICE: it is lost. */
    int (*energy)(double *out_J, uint64_t device, struct sb_error *err);
    /** A level now, as energy(). */
    int (*level)(double *out, int level, uint64_t device, struct sb_error *err);
};

/* The slots of a source, for its library. */
int sb_board_list(const struct sb_board_library *library,
                  int (*each)(const struct sb_counter_event *event, void *payload), void *payload);
int sb_board_open(struct sb_counting **out, int *out_taken, const struct sb_board_library *library,
                  const char *const *names, int count, const struct sb_counting_target *target,
                  struct sb_error *err);
int sb_board_start(struct sb_counting *counting, struct sb_error *err);
int sb_board_stop(struct sb_count out[], struct sb_counting *counting, struct sb_error *err);
void sb_board_close(struct sb_counting *counting);

/** Whose device the cell's is. */
bool sb_device_is_nvidia(const struct sb_device *device);
bool sb_device_is_amd(const struct sb_device *device);
/** Where the cell's device sits, "0000:3b:00.0", as its driver says, which the backend has loaded; false: it does not. */
bool sb_device_bus(char out[32], const struct sb_counting_target *target);

#endif
