/* SPDX-License-Identifier: Apache-2.0 */
/** The parts of peaks.h: caches, the open device, the list of probes, and how they are timed. */
#ifndef SB_PEAKS_PARTS_H
#define SB_PEAKS_PARTS_H

#include "backends/backend.h"

#define SB_PEAKS_LEVELS 5 /* caches and memory */
#define SB_PEAKS_PROBES 96
#define SB_PEAKS_ROUNDS 15 /* usually */
#define SB_PEAKS_ROUNDS_MOST 50
#define SB_PEAKS_SAMPLES 500

/** A cache as @p threads see it together, or memory. */
struct sb_peaks_level {
    char name[8];    /* "l1", "l2", "l3"; "cache" where a device tells only of one; "memory" last */
    double capacity; /* bytes in all; of memory: what is allowed */
    double set;      /* bytes of a working set that lies there, and not nearer */
};
/**
 * Levels of the caches that logical CPUs cpus[0 … count − 1] have, nearest first, then memory of which
 * @p memory_bytes may be used; a cache hardly larger than the one before is left out. Returns how many.
 */
int sb_peaks_levels(struct sb_peaks_level out[SB_PEAKS_LEVELS], const int *cpus, int count,
                    double memory_bytes);
/** The same of a device that tells of one cache, 0 bytes where unknown. */
int sb_peaks_levels_of(struct sb_peaks_level out[SB_PEAKS_LEVELS], double cache_bytes,
                       double memory_bytes);

/** The arrays of a probe's launches, in this order. */
enum sb_peaks_array {
    SB_PEAKS_A,
    SB_PEAKS_B,
    SB_PEAKS_C,
    SB_PEAKS_OUT,
    SB_PEAKS_CHAIN, /* of each level's working set, one behind the other: where the next load goes */
    SB_PEAKS_AT,    /* where each level's chain has got to */
    SB_PEAKS_ARRAYS
};
#define SB_PEAKS_OF_B 1.5 /* what all of B and C holds, and the factor of the triad */
#define SB_PEAKS_OF_C 0.25
#define SB_PEAKS_FACTOR 2.0

extern const struct sb_kernel sb_peaks_kernel;
/** Its parameters and tunings (struct sb_case). */
enum { SB_PEAKS_N, SB_PEAKS_CHAINED, SB_PEAKS_OUTS };
enum { SB_PEAKS_BX, SB_PEAKS_NV };
/** Vectors that the processor's own probes are written for; 0: scalars, SB_VECTOR_SCALABLE. */
extern const int sb_peaks_widths[5];
/** "peak_fma_v256", "peak_mul_add_vs" */
void sb_peaks_function(char *out, size_t room, bool fused, int width);

/** An open device: the same probes in double and in float, as far as it has both. */
struct sb_peaks_session {
    const struct sb_backend *backend;
    struct sb_device device;
    int threads; /* cpu; others: 0 */
    int cpus[1024];
    int cpu_count;
    bool widths; /* probes for each vector width, in the processor's own C */
    int blocks;  /* otherwise: of a launch, of bx threads with so many lanes */
    struct sb_peaks_level level[SB_PEAKS_LEVELS];
    int levels;
    int64_t n;                          /* elements of A, B and C */
    int64_t first[SB_PEAKS_LEVELS + 1]; /* of each level's chain; [levels] is their length */
    struct sb_case c[2];                /* by enum sb_precision */
    struct sb_launches all;             /* every function once, for compilers */
    struct sb_artifact artifact[2];
    struct sb_exec *exec[2];
    int moved;         /* the precision that data is moved in: double where the device has it */
    char lacking[512]; /* why there is no double, or no float; usually "" */
};

/** Opens @p backend's first device and makes everything ready; sb_peaks_close() is legal after an error, too. */
int sb_peaks_open(struct sb_peaks_session *out, const struct sb_backend *backend, int threads,
                  struct sb_error *err);
/** Two steps of it, for compilers without a device: from backend, device and level to everything but the device's own; the
 *  code of one precision. */
int sb_peaks_lay_out(struct sb_peaks_session *session, struct sb_error *err);
int sb_peaks_compile(struct sb_peaks_session *session, int precision, struct sb_error *err);
void sb_peaks_close(struct sb_peaks_session *session);

/** One figure to be. */
struct sb_peaks_probe {
    const char *what;    /* "bandwidth", "flop_rate", "latency", "launch", "transfer" */
    const char *how;     /* a sentence */
    const char *level;   /* NULL where it is of none */
    const char *loop;    /* "load", "copy_stream", "fma", "to_device", …; NULL */
    int precision;       /* enum sb_precision; whose session runs it */
    int vector_bits;     /* 0: unknown, until it was run */
    int width;           /* of sb_peaks_widths */
    int index;           /* of the level */
    int64_t n;           /* elements gone through, or length of a chain */
    double bytes;        /* of the working set; 0: none */
    double amount;       /* a step's: bytes, flop, loads, launches */
    bool rate;           /* amount per second; else nanoseconds each */
    bool absent;         /* this processor cannot */
    int32_t steps;       /* of a repetition */
    int32_t steps_least; /* so that one passes a whole cache's set; 0: 1 */
    struct sb_launches launches;
    double time_ns[SB_PEAKS_SAMPLES];
    int times;
};

/** Everything that the session's device can be asked; returns how many. */
int sb_peaks_plan(struct sb_peaks_probe out[SB_PEAKS_PROBES],
                  const struct sb_peaks_session *session);
/** The launches of one repetition of so many steps. Transfers have none. */
void sb_peaks_launches(struct sb_launches *out, const struct sb_peaks_session *session,
                       const struct sb_peaks_probe *probe, int32_t steps);
/**
 * Times all of them, in so many rounds, by turns; those that the device cannot do become absent. @p fewer: figures of fewer threads, whose
 * repetitions have so many steps that theirs need as many; NULL: none, it is found out.
 */
int sb_peaks_time(struct sb_peaks_probe *probes, int count, struct sb_peaks_session *session,
                  int rounds, const json_t *fewer, struct sb_error *err);
/** The figure among @p figures that is of the same probe, or NULL; borrowed. */
const json_t *sb_peaks_same(const json_t *figures, const struct sb_peaks_probe *probe);
/** [{"what", …, "unit", "best", "median", "spread", "samples", "steps", "threads"}]; new reference. */
json_t *sb_peaks_figures(const struct sb_peaks_probe *probes, int count, int threads);

#endif
