/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The energy counters of x86 processors (Intel since Sandy Bridge, AMD since Zen) as Linux shows them: powercap's zones
 * (Documentation/power/powercap), else the PMU `power` of perf_event, which needs another permission.
 */
#ifndef SB_RAPL_H
#define SB_RAPL_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stdint.h>

enum sb_rapl_domain {
    SB_RAPL_PACKAGE, /* the socket: cores, caches, memory controllers */
    SB_RAPL_CORE,    /* part of the package */
    SB_RAPL_UNCORE,  /* part of the package: its graphics */
    SB_RAPL_DRAM,    /* memory, beside the package */
    SB_RAPL_PSYS,    /* the whole platform: package and memory are part of it */
    SB_RAPL_DOMAINS
};
/** "package", … */
const char *sb_rapl_domain_name(enum sb_rapl_domain domain);

/** One counter: a domain of one socket. */
struct sb_rapl_counter {
    enum sb_rapl_domain domain;
    char path[400]; /* of its file; "" where fd is a perf event */
    int fd;
    uint64_t range; /* 0: it never wraps */
    double unit_J;
    double rated_W;
};

#define SB_RAPL_COUNTERS 128
struct sb_rapl {
    struct sb_rapl_counter counter[SB_RAPL_COUNTERS];
    int count;
    const char *through; /* "powercap" or "perf" */
    /* Why some socket's counter of a domain cannot be read, else "": a sum without it would be no sum of all sockets. */
    char missing[SB_RAPL_DOMAINS][500];
};

/** The most that a socket, its memory or a platform is taken to draw where nothing says so: 2 kW, above any that is sold. */
#define SB_RAPL_RATED_W 2000.0

/**
 * Finds the counters below @p root ("" or a recorded machine) and proves each by reading it; freed with sb_rapl_close().
 * SB_EABSENT: none, or none that may be read, with whom to ask for what.
 */
int sb_rapl_open(struct sb_rapl *out, const char *root, struct sb_error *err);
/** The counter now, in units. SB_EDEVICE. */
int sb_rapl_read(uint64_t *out, const struct sb_rapl_counter *counter, struct sb_error *err);
bool sb_rapl_has(const struct sb_rapl *rapl, enum sb_rapl_domain domain);
void sb_rapl_close(struct sb_rapl *rapl);

/** Fills @p out from perf's PMU; as sb_rapl_open(), which calls it. SB_ENOTFOUND: there is no such PMU. */
int sb_rapl_open_perf(struct sb_rapl *out, const char *root, struct sb_error *err);

#endif
