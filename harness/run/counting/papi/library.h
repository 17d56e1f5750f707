/* SPDX-License-Identifier: Apache-2.0 */
/**
 * PAPI, loaded where it is installed: its functions by their own names without "PAPI_" (papi.h of 7.0 declares them), so that one runner
 * answers everywhere. test_papi holds what is declared here against papi.h.
 */
#ifndef SB_PAPI_LIBRARY_H
#define SB_PAPI_LIBRARY_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>

#define SB_PAPI_MAJOR 7 /* since then these structures are the same */

/* PAPI's numbers. */
enum {
    SB_PAPI_OK = 0,
    SB_PAPI_NULL = -1,
    SB_PAPI_ECMP = -4,
    SB_PAPI_ENOEVNT = -7,
    SB_PAPI_ECNFLCT = -8,
    SB_PAPI_ENOSUPP = -18,
    SB_PAPI_ENOIMPL = -19,
    SB_PAPI_ECOUNT = -23,
    SB_PAPI_ECMP_DISABLED = -25,
    SB_PAPI_EDELAY_INIT = -26,
    SB_PAPI_EMULPASS = -27,
    SB_PAPI_LIB_VERSION = 21,
    SB_PAPI_ENUM_EVENTS = 0,
    SB_PAPI_ENUM_FIRST = 1,
    SB_PAPI_FP64 = 2,
    SB_PAPI_ABSOLUTE = 1,
    SB_PAPI_PRESETS = (int)0x80000000,
    SB_PAPI_NATIVE = 0x40000000
};

/** The beginning of PAPI_component_info_t. */
struct sb_papi_component {
    char name[128], short_name[64], description[128], version[64], support_version[64],
        kernel_version[64];
    char disabled_reason[1024]; /* "" where it is in use */
};

/** The beginning of PAPI_event_info_t, and more room than any version's rest needs. */
struct sb_papi_event {
    unsigned int code;
    char symbol[1024], short_description[64], description[1024];
    int component;
    char unit[64];
    int location, data_type, value_type;
    char rest[65536];
};

#define SB_PAPI_FUNCTIONS(X)                                                                       \
    X(int, get_opt, (int option, void *value))                                                     \
    X(int, library_init, (int version))                                                            \
    X(int, num_components, (void))                                                                 \
    X(const struct sb_papi_component *, get_component_info, (int component))                       \
    X(int, enum_event, (int *code, int modifier))                                                  \
    X(int, enum_cmp_event, (int *code, int modifier, int component))                               \
    X(int, event_code_to_name, (int code, char *name))                                             \
    X(int, event_name_to_code, (const char *name, int *code))                                      \
    X(int, get_event_info, (int code, struct sb_papi_event *info))                                 \
    X(int, get_event_component, (int code))                                                        \
    X(int, create_eventset, (int *set))                                                            \
    X(int, assign_eventset_component, (int set, int component))                                    \
    X(int, attach, (int set, unsigned long thread))                                                \
    X(int, add_event, (int set, int code))                                                         \
    X(int, cleanup_eventset, (int set))                                                            \
    X(int, destroy_eventset, (int *set))                                                           \
    X(int, start, (int set))                                                                       \
    X(int, read, (int set, long long *values))                                                     \
    X(int, stop, (int set, long long *values))                                                     \
    X(char *, strerror, (int code))

struct sb_papi {
    int version; /* as PAPI packs it: 7 << 24 | 1 << 16 | … */
#define X(type, name, arguments) type(*name) arguments;
    SB_PAPI_FUNCTIONS(X)
#undef X
};

/** Loads and initialises it, once in a process; *out is the library's own, for good. SB_EABSENT: why not. */
int sb_papi_get(const struct sb_papi **out, struct sb_error *err);

/** Whether it counts nothing; one that waits for its first event to begin is on. */
bool sb_papi_is_off(const struct sb_papi_component *component);

/** Component of @p name, by what stands before ":::" or "::" in it ("perf_event" where nothing does); −1: none of that name. */
int sb_papi_component_of(const struct sb_papi *papi, const char *event);

/** Why @p event is not counted, from PAPI's code: SB_EABSENT. */
int sb_papi_refused(const struct sb_papi *papi, const char *event, int component, int code,
                    struct sb_error *err);

#endif
