/* SPDX-License-Identifier: Apache-2.0 */
/**
 * LIKWID's groups as events: "FLOPS_DP/RETIRED_SSE_AVX_FLOPS_ALL" is a counter of group FLOPS_DP, "MEM/Memory_bandwidth" a metric. Names of
 * metrics end with a unit, which is converted here, once: amounts (MBytes/s times the time) are sums, shares and clocks are levels.
 */
#ifndef SB_LIKWID_GROUPS_H
#define SB_LIKWID_GROUPS_H

#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/likwid/library.h"

struct sb_likwid_event {
    struct sb_counter_event told;
    int number; /* of the group's counters, or of its metrics */
    bool metric;
    double factor; /* to told.unit */
    bool per_s;    /* and times the length of the window: a rate becomes an amount */
};

/** From "DP [MFLOP/s]" of @p group to name, unit, factor. */
void sb_likwid_metric(struct sb_likwid_event *out, const char *group, const char *name);
/** Counter number @p number of group number @p id. */
void sb_likwid_counter(struct sb_likwid_event *out, const struct sb_likwid *likwid, int id,
                       const char *group, int number);

/** The group before the '/' of an event's name; false where there is no '/'. */
bool sb_likwid_group_of(char *out, size_t room, const char *event);
/** Whether group @p group is LIKWID's for this processor. */
bool sb_likwid_has_group(const struct sb_likwid *likwid, const char *group);

/** Calls @p each for every event of group number @p id, counters first. */
int sb_likwid_walk(int (*each)(const struct sb_likwid_event *event, void *payload), void *payload,
                   const struct sb_likwid *likwid, int id, const char *group);

#endif
