/* SPDX-License-Identifier: Apache-2.0 */
/** PAPI's events: presets and the native ones of every component. */
#ifndef SB_PAPI_EVENTS_H
#define SB_PAPI_EVENTS_H

#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/papi/library.h"

struct sb_papi_known {
    struct sb_counter_event told;
    int code, component;
    double scale; /* to told.unit */
    bool real;    /* its 64 bits are a double */
};

/** SB_ENOTFOUND with the closest name; SB_EABSENT: its component is disabled. Whether it counts is another question. */
int sb_papi_event_find(struct sb_papi_known *out, const struct sb_papi *papi, const char *name,
                       struct sb_error *err);
int sb_papi_event_list(int (*each)(const struct sb_counter_event *event, void *payload),
                       void *payload, const struct sb_papi *papi);

#endif
