/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The contract of a backend: what compiles and executes. A backend is a folder `backends/<name>/` whose backend.c
 * exports `const struct sb_backend sb_backend_<name>`; its backend.cmake says what it needs to be built, and where that
 * is missing the backend still appears, with the reason. Vendor libraries are dlopened, so one runner answers
 * everywhere. A backend is used by one thread of one process, the cell's.
 */
#ifndef SB_BACKEND_H
#define SB_BACKEND_H

#include "harness/util/error.h"
#include "kernels/kernel.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One launch of a repetition, as kernels state it. */
struct sb_launch_spec {
    char function[64];
    struct sb_shape shape;
    struct sb_arg args[SB_MAX_ARGS]; /* ends with SB_ARG_END, or full */
    int arg_count;
};

/** An exchange between ranks, as kernels state it. */
struct sb_exchange_spec {
    int before; /* the launch that follows it; all the launches' count where it is the last */
    int step;   /* the kernel's number for it */
    bool from[SB_MAX_ARRAYS], to[SB_MAX_ARRAYS];
};

/**
 * The launches of one repetition; grows as sb_launch() is called. Freed with sb_launches_free(). A copy with another
 * first and count is a part of them: what repeat() is to run.
 */
struct sb_launches {
    struct sb_launch_spec *spec;
    int first, count; /* launches first … count − 1 are run */
    int room;
    struct sb_exchange_spec *exchange; /* in order; no backend's business (harness/run/ranks/) */
    int exchanges;
    int failed; /* SB_ENOMEM, or SB_EINVAL with the reason in text: kernels need not check each call */
    char text[200];
};
void sb_launches_free(struct sb_launches *launches);

/** A device that a backend found. */
struct sb_device {
    int number;     /* in the order of the backend */
    char name[128]; /* as the vendor says */
    char vendor[128];
    char driver[128];    /* version of driver or runtime */
    char target[64];     /* what code is compiled for: "native", "sm_90", … */
    int cores;           /* cores or compute units that may be used */
    double memory_bytes; /* 0 where unknown */
    double cache_bytes;  /* last-level cache; 0 where unknown */
    int simd_bytes;      /* 0 where unknown */
    char emulated
        [64]; /* "" for the thing itself; else what stands in for it ("twin", "qemu-aarch64 7.2.22"): such a
                            cell is verified and never timed */
};

/** What probe() answers: devices, or why there are none and what a person can do about it. */
struct sb_probe {
    int count;
    struct sb_device device[16];
    char reason[512]; /* one sentence, when count is 0 */
    char remedy[256]; /* what to install or set; may be empty */
};

/**
 * What the porting oracle changes about a cell to prove a cause (harness/oracle/); ORed. Each backend obeys those that
 * mean something to it. The compiled code's key depends on them.
 */
enum sb_toggle {
    SB_TOGGLE_UNOPTIMISED = 1 << 0, /* -O0 */
    SB_TOGGLE_NO_CONTRACT = 1 << 1, /* no fused multiply-add but explicit FMA */
    SB_TOGGLE_KEEP_DENORMALS = 1 << 2,
    SB_TOGGLE_SEQUENTIAL = 1 << 3, /* one block (cpu: one OpenMP thread) after the other */
    SB_TOGGLE_REVERSED = 1 << 4,   /* blocks, and sums over them, in the other order */
    /* each access to an array, and undefined behaviour, is looked at: observe() tells */
    SB_TOGGLE_SANITIZE = 1 << 5,
    SB_TOGGLE_BARRIERS = 1 << 6,  /* every region ends with a barrier, the _FREE ones too */
    SB_TOGGLE_AUTO_ZERO = 1 << 7, /* what a function does not initialise (SHARED, PRIVATE) is 0 … */
    SB_TOGGLE_AUTO_PATTERN = 1 << 8, /* … or 0xFE…FE */
    SB_TOGGLE_DEBUG = 1 << 9,        /* for a debugger: -O0, every line and variable */
    SB_TOGGLE_COUNT = 1 << 10 /* twin: count what a GPU would do; observe() has "counts" then */
};

/**
 * Bytes beside the arrays, for an experiment: a result that follows them was read there. A backend that keeps room
 * beside its arrays fills it so; guard() then expects that.
 */
struct sb_beside {
    int array;          /* its number; −1: all */
    int sides;          /* SB_BEFORE, SB_BEHIND, both; 0: as usual */
    unsigned char byte; /* what the room there is filled with */
};
enum sb_side { SB_BEFORE = 1, SB_BEHIND = 2 };

/** What is to be compiled: one source file for one case. */
struct sb_source {
    const struct sb_case *c;
    const char *folder;  /* of the kernel */
    const char *file;    /* full path of the source: <folder>/<name>.dev.c, or a variant's file */
    const char *include; /* folder of portable.h */
    const char *target;  /* "native" or a named one */
    const char *cache;   /* folder of compiled code, content-addressed; exists */
    int threads;         /* cpu: 1 is serial (no OpenMP threads), else OpenMP */
    bool stream_stores;  /* arrays are out of cache: FILL_1D goes past the caches */
    unsigned toggles;    /* of enum sb_toggle; usually 0 */
    const struct sb_launches *launches;
};

/** Compiled code. */
struct sb_artifact {
    char path[1024];     /* of the code: a shared object, a program text, … */
    char key[65];        /* hex SHA-256 of source, dialect, flags, compiler identity and target */
    char compiler[256];  /* identity: name and version */
    char flags[2048];    /* complete, as they were given */
    bool cached;         /* true: found, not compiled */
    uint64_t compile_ns; /* 0 when cached */
};

/** Vectors as long as the processor's: Arm's SVE, RISC-V's V. */
#define SB_VECTOR_SCALABLE (-2)

/** What the compiler made of one function; −1 where it cannot be known. */
struct sb_code_report {
    char function[64];
    int registers;    /* per thread */
    int shared_bytes; /* per block, static */
    int spill_bytes;  /* registers kept in memory, per thread */
    int code_bytes;
    int vector_bits; /* widest vector register used; 0: none; SB_VECTOR_SCALABLE; GPUs: −1 */
};

/** Whether a backend compiles for a target on this machine. */
enum sb_target_state {
    SB_TARGET_FOREIGN, /* not an architecture of this backend */
    SB_TARGET_READY,
    SB_TARGET_MISSING /* its own, but no compiler here: the reason says what to install */
};

/** How a cell executes. */
struct sb_exec_options {
    int device;      /* number of the device */
    int threads;     /* cpu: OpenMP threads; 0: all allowed cores */
    const int *cpus; /* cpu: one logical CPU per thread to bind to, or NULL */
    int cpu_count;
    bool flush_denormals; /* fast maths: subnormals count as zero */
    unsigned toggles;     /* of enum sb_toggle; usually 0 */
    int warp;             /* twin: lanes of a warp, 16, 32 or 64; 0: each that the source is for */
    struct sb_beside beside; /* usually {0} */
    const char *plugin;      /* cpu: what the emulator loads, "FILE,NAME=VALUE"; NULL: nothing */
};

struct sb_exec;   /* of a backend: an open device */
struct sb_buffer; /* of a backend: an array on it */

struct sb_backend {
    const char *name;  /* required, equals the folder */
    const char *title; /* required, one line */
    unsigned toggles;  /* of enum sb_toggle that it obeys; no experiment is made with others */
    bool beside;       /* it keeps room beside its arrays, filled as sb_exec_options.beside says */
    const char *absent_reason; /* set instead of all functions where it could not be built */

    /** Devices, or the reason there are none (which is no error). Required. */
    void (*probe)(struct sb_probe *out);
    /** Names of the architectures it compiles for, ends with NULL: what `switchbench build` takes where none is asked
     *  for, and where a misspelt one finds its closest. "NAME@HOW" is a way to run NAME ("armv8.2-a+sve@256"), built
     *  with it. target() may know more. May be NULL: none but "native". */
    const char *const *targets;
    /** Whether it compiles for @p target here; @p reason gets a sentence where MISSING. May be NULL: "native" only. */
    enum sb_target_state (*target)(const char *target, char *reason, size_t room);
    /** What a device of @p target offers to a kernel's tune(), for compiling without one; @p out names the backend and
     *  is zero otherwise. May be NULL: nothing is known. */
    void (*typical)(struct sb_machine *out, const char *target);
    /** The device that a cell for @p target meets where it is not one that probe() found (an emulated one). SB_EABSENT
     *  with what to install. May be NULL: probe()'s device serves every target. */
    int (*device)(struct sb_device *out, const char *target, struct sb_error *err);
    /** Compiles without a device. SB_ECOMPILE carries the compiler's message, SB_EABSENT a missing compiler. Required. */
    int (*compile)(struct sb_artifact *out, const struct sb_source *source, struct sb_error *err);
    /** Reports on the functions of compiled code, at most @p room; returns how many, or a negative error. May be NULL. */
    int (*inspect)(struct sb_code_report *out, int room, const struct sb_artifact *artifact,
                   const struct sb_source *source, struct sb_error *err);
    /** Opens a device; *out is freed with close(). Required. */
    int (*open)(struct sb_exec **out, const struct sb_exec_options *options, struct sb_error *err);
    /** Makes compiled code ready to run. Required. */
    int (*load)(struct sb_exec *exec, const struct sb_artifact *artifact,
                const struct sb_source *source, struct sb_error *err);
    /** Allocates array number @p index of @p bytes, first touched as the kernels will. Freed by close(). Required. */
    int (*allocate)(struct sb_exec *exec, int index, const char *name, size_t bytes,
                    struct sb_error *err);
    /** Copies to and from array @p index, the whole of it; blocks. Required. */
    int (*upload)(struct sb_exec *exec, int index, const void *from, struct sb_error *err);
    int (*download)(struct sb_exec *exec, int index, void *to, struct sb_error *err);
    /** Array @p index where the host can reach it in place: neither upload nor download is needed then. May be NULL, or
     *  return NULL: it cannot. */
    void *(*data)(struct sb_exec *exec, int index);
    /** Runs launches first … count − 1 in order and waits; *out_time_ns is the time on the device's own clock. A part that
     *  begins at launch 0 begins a repetition. Required. */
    int (*repeat)(uint64_t *out_time_ns, struct sb_exec *exec, const struct sb_launches *launches,
                  struct sb_error *err);
    /** After a repetition: SB_EDEVICE when memory beside an array was written. May be NULL: not watched. */
    int (*guard)(struct sb_exec *exec, struct sb_error *err);
    /** What the backend itself saw during the latest repetition, a new reference, or NULL: an object {"findings": [{"kind",
     *  "text", …}], …} whose findings make a cell wrong. Schema: record.schema.json, "observed". May be NULL: nothing. */
    json_t *(*observe)(struct sb_exec *exec);
    /** After the first repetition: how many repetitions, each under another schedule, prove something. The cell verifies
     *  so many. May be NULL: one. */
    int (*schedules)(struct sb_exec *exec);
    /** Names the array whose guard page holds @p address, or NULL. Async-signal-safe. May be NULL. */
    const char *(*blame)(const void *address);
    /** One line on how the work was placed ("threads 0-1 bound to cpus 0,1"). May be NULL: none. */
    void (*placement)(const struct sb_exec *exec, char *out, size_t room);
    /** Opens a vendor's library ("libcublas.so.13" or, of any version, "libcublas") where users have it; NULL with a
     *  sentence. May be NULL: the loader's path. */
    void *(*library)(const char *name, char *reason, size_t room);
    /** Releases everything; NULL is legal. Required. */
    void (*close)(struct sb_exec *exec);
};

/** All backends, by folder name; ends with NULL. Written by CMake. */
extern const struct sb_backend *const sb_backends[];
/** The backend of that name, or NULL. */
const struct sb_backend *sb_backend_find(const char *name);

#endif
