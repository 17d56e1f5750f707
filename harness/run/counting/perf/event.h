/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Names of perf_event's events, as perf(1) writes them:
 *   cycles, task-clock            the kernel's own                             generic.c
 *   L1-dcache-load-misses         caches: level, operation, result             generic.c
 *   r1a8                          raw: hexadecimal, as the processor's manual codes it
 *   cpu/cache-misses/             of a PMU's folder events/                    pmu.c
 *   cpu/event=0x3c;umask=1/       terms of its folder format/; ';' for ',' which separates sources
 *   uncore_imc/cas_count_read/    of all PMUs uncore_imc_0 … of the sockets that the threads run on, summed
 */
#ifndef SB_PERF_EVENT_H
#define SB_PERF_EVENT_H

#include "harness/run/counters/counter_source.h"

#define SB_PERF_BOXES 128 /* PMUs of one name: memory controllers, slices of a cache */
#define SB_PERF_PMU 48    /* length of a PMU's name */

enum sb_perf_kind {
    SB_PERF_SOFTWARE, /* kept by the kernel: any number at once */
    SB_PERF_CORE,     /* in the core's counters: as many as there are */
    SB_PERF_OTHER,    /* of another PMU that follows threads */
    SB_PERF_UNCORE    /* outside the cores: counts whoever used it, through certain CPUs */
};

struct sb_perf_event {
    struct sb_counter_event told;
    enum sb_perf_kind kind;
    uint64_t config[4];
    uint32_t type[SB_PERF_BOXES];         /* of each PMU that counts it */
    char pmu[SB_PERF_BOXES][SB_PERF_PMU]; /* its folder; "" for the kernel's own names */
    int boxes;
    double scale;     /* to told.unit */
    bool kernel_only; /* happens in the kernel: cannot be counted for user code alone */
};

/** SB_ENOTFOUND with the closest name; SB_EABSENT: a PMU that this machine does not have, or a term without value. */
int sb_perf_event_find(struct sb_perf_event *out, const char *root, const char *name,
                       struct sb_error *err);
/** As a source's list(), of the machine recorded under @p root. */
int sb_perf_event_list(int (*each)(const struct sb_counter_event *event, void *payload),
                       void *payload, const char *root);

/** generic.c: 0 or SB_ENOTFOUND, without a sentence. */
int sb_perf_generic_find(struct sb_perf_event *out, const char *name);
int sb_perf_generic_list(int (*each)(const struct sb_counter_event *event, void *payload),
                         void *payload);
/** pmu.c: names with a '/'. */
int sb_perf_pmu_find(struct sb_perf_event *out, const char *root, const char *name,
                     struct sb_error *err);
int sb_perf_pmu_list(int (*each)(const struct sb_counter_event *event, void *payload),
                     void *payload, const char *root);
/** pmu.c: the CPUs through which SB_PERF_UNCORE events of @p pmu are counted, of the sockets that @p target runs on; how many. */
int sb_perf_pmu_cpus(int out[], int room, const char *pmu, const struct sb_counting_target *target);
/** terms.c: "event=0x3c,umask=1" by the files of @p folder/format, into @p config. SB_ENOTFOUND: no such term, or a value that does
 *  not fit; SB_EABSENT: a term wants a value ("?"). */
int sb_perf_terms(uint64_t config[4], const char *folder, const char *terms, struct sb_error *err);

/** files.c: the first line of a file, without its end; false where it cannot be read or does not fit. */
bool sb_perf_line(char *out, size_t room, const char *path_format, ...)
    __attribute__((format(printf, 3, 4)));
/** "0-3,8" as numbers; how many. */
int sb_perf_cpu_list(int out[], int room, const char *text);

#endif
