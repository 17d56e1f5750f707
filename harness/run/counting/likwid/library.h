/* SPDX-License-Identifier: Apache-2.0 */
/**
 * LIKWID, loaded where it is installed: its functions by their own names (likwid.h of 5.2). It exits or waits for seconds where it cannot
 * work (an access daemon that does not start), so whether it can is found out before it is asked.
 */
#ifndef SB_LIKWID_LIBRARY_H
#define SB_LIKWID_LIBRARY_H

#include "harness/util/error.h"

#include <stddef.h>
#include <stdint.h>

/** The beginning of CpuInfo. */
struct sb_likwid_cpu {
    uint32_t family, model, stepping, vendor, part;
    uint64_t clock_Hz;
    int turbo;
    char *os_name, *name, *short_name; /* short_name NULL: unknown to it */
};

/** The beginning of Likwid_Configuration. */
struct sb_likwid_configuration {
    char *file, *topology_file, *daemon, *groups;
    int mode; /* how registers are reached: */
};
enum { SB_LIKWID_PERF = -1, SB_LIKWID_DIRECT = 0, SB_LIKWID_DAEMON = 1 };

#define SB_LIKWID_FUNCTIONS(X)                                                                     \
    X(int, topology_init, (void))                                                                  \
    X(const struct sb_likwid_cpu *, get_cpuInfo, (void))                                           \
    X(int, init_configuration, (void))                                                             \
    X(const struct sb_likwid_configuration *, get_configuration, (void))                           \
    X(int, numa_init, (void))                                                                      \
    X(void, affinity_init, (void))                                                                 \
    X(void, perfmon_setVerbosity, (int level))                                                     \
    X(int, perfmon_getGroups, (char ***groups, char ***titles, char ***texts))                     \
    X(int, perfmon_init, (int threads, const int *cpus))                                           \
    X(void, perfmon_finalize, (void))                                                              \
    X(int, perfmon_addEventSet, (const char *group))                                               \
    X(int, perfmon_setupCounters, (int group))                                                     \
    X(int, perfmon_startCounters, (void))                                                          \
    X(int, perfmon_stopCounters, (void))                                                           \
    X(int, perfmon_getNumberOfEvents, (int group))                                                 \
    X(int, perfmon_getNumberOfMetrics, (int group))                                                \
    X(char *, perfmon_getEventName, (int group, int event))                                        \
    X(char *, perfmon_getCounterName, (int group, int event))                                      \
    X(char *, perfmon_getMetricName, (int group, int metric))                                      \
    X(double, perfmon_getLastResult, (int group, int event, int thread))                           \
    X(double, perfmon_getLastMetric, (int group, int metric, int thread))                          \
    X(double, perfmon_getLastTimeOfGroup, (int group))

struct sb_likwid {
#define X(type, name, arguments) type(*name) arguments;
    SB_LIKWID_FUNCTIONS(X)
#undef X
};

/** Loads it, once in a process; *out is its own, for good. SB_EABSENT: not installed, or it does not know the processor. */
int sb_likwid_get(const struct sb_likwid **out, struct sb_error *err);
/** Whether it could reach the processor's registers, by looking at files alone below @p root ("": this machine). SB_EABSENT. */
int sb_likwid_reaches(const struct sb_likwid *likwid, const char *root, struct sb_error *err);

#endif
