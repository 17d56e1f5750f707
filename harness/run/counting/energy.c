/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/energy.h"

#include <math.h>
#include <stdio.h>

double sb_energy_advance(char *fault, size_t room, const struct sb_energy_window *w)
{
    const double range_J = (double)w->range * w->unit_J;
    if (w->range > 0 && w->rated_W > 0 && w->window_s * w->rated_W >= range_J) {
        snprintf(fault, room,
                 "the window of %.0f s is longer than the counter lasts at %.0f W (%.0f s), so it "
                 "may have "
                 "wrapped more than once: choose a smaller case",
                 w->window_s, w->rated_W, range_J / w->rated_W);
        return NAN;
    }
    if (w->after >= w->before) {
        return (double)(w->after - w->before) * w->unit_J;
    }
    if (w->range == 0 || w->before > w->range) {
        snprintf(fault, room, "the counter went back from %llu to %llu: it was reset meanwhile",
                 (unsigned long long)w->before, (unsigned long long)w->after);
        return NAN;
    }
    /* powercap's max_energy_range_uj is the greatest value itself */
    return (double)(w->range - w->before + w->after + 1) * w->unit_J;
}
