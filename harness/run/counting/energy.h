/* SPDX-License-Identifier: Apache-2.0 */
/** Energy counters of a fixed width: what they advanced between two readings. */
#ifndef SB_ENERGY_H
#define SB_ENERGY_H

#include <stddef.h>
#include <stdint.h>

struct sb_energy_window {
    uint64_t before, after; /* readings, in units */
    uint64_t range;         /* it counts from 0 to range, then 0 again; 0: it never wraps */
    double unit_J;
    double window_s;
    double
        rated_W; /* most that it can measure: what it takes to know that it wrapped once at most; 0: unknown */
};

/**
 * Joules, one wrap taken into account. @p fault gets a sentence, and NAN is returned, where it may have wrapped twice (at the
 * rated power the window is as long as a wrap), or where a counter that does not wrap went back.
 */
double sb_energy_advance(char *fault, size_t room, const struct sb_energy_window *window);

#endif
