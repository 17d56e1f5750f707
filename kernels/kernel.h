/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The contract of a reference kernel. A kernel is a folder `<name>/` with
 *   <name>.c              this table, exported as `const struct sb_kernel sb_kernel_<name>` (host, C11)
 *   <name>.dev.c          the portable source, in the dialect of portable.h
 *   <name>.vendor.cpu.c   optional variants: <name>.<variant>.<backend>.<suffix>, with suffix c, cl, cu, hip. Backend
 *                         "gpu" stands for all that run CUDA's or HIP's device code: one .cu serves cuda, hip and twin.
 *                         A variant's own launches() may name template instances: "reduce<double, 256>"
 *   README.md
 * anywhere on disk. Nothing in it knows switchbench's insides: this header, toolbox.h, ranks.h and portable.h
 * are all it may include. Units: flop, bytes, nanoseconds; extents count elements.
 */
#ifndef SB_KERNEL_H
#define SB_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SB_KERNEL_ABI 3
#define SB_MAX_PARAMS 12
#define SB_MAX_TUNINGS 12
#define SB_MAX_ARRAYS 12
#define SB_MAX_ARGS 20
#define SB_MAX_RANK 4

enum sb_precision { SB_DOUBLE, SB_FLOAT };
enum sb_maths { SB_FAST, SB_STRICT };
/** Element types. SB_REAL is double or float, by the case's precision. SB_BYTES…: elements of another type (char,
 *  float4), of that width; only in source files that are checked alone (harness/kernel_file/). */
enum sb_type {
    SB_REAL,
    SB_INT32,
    SB_UINT32,
    SB_INT64,
    SB_BYTES1,
    SB_BYTES2,
    SB_BYTES4,
    SB_BYTES8,
    SB_BYTES16,
    SB_BYTES32
};
/** SB_OUT and SB_SCRATCH are poisoned before every verified repetition (reals: NaN, integers: 0xA5…). */
enum sb_role { SB_IN, SB_OUT, SB_INOUT, SB_SCRATCH };

/** A parameter of the computation. Values travel as double; whole numbers up to 2^53 are exact. */
struct sb_param {
    const char *name;           /* required, [a-z][a-z0-9_]* */
    const char *unit;           /* "1" where it has none */
    const char *help;           /* required, one line */
    double least, most, usual;  /* bounds, inclusive, and the value without a preset */
    bool whole;                 /* only whole numbers */
    const char *const *choices; /* NULL, or NULL-terminated names; the value is the index */
};

struct sb_setting {
    const char *name;
    double value;
};

/**
 * One case of a preset ("tiny": milliseconds, for tests; "small"; "medium"; "large").
 * Several rows with the same preset and different labels are several cases.
 */
struct sb_preset {
    const char *preset;          /* required */
    const char *label;           /* what tells it from its siblings; NULL where alone */
    enum sb_precision precision; /* SB_DOUBLE where left out */
    bool fit;                    /* sizes come from fit(): out of any cache */
    struct sb_setting settings[SB_MAX_PARAMS]; /* ends at the first NULL name; the rest is usual */
};

/** A compile-time constant of the source (-D name=value): tile and block sizes. Never changes results' meaning. */
struct sb_tuning {
    const char *name; /* required, [A-Z][A-Z0-9_]* */
    const char *help; /* required */
    int usual;
    struct sb_setting backends[4]; /* values for named backends; ends at the first NULL name */
};

/** What the machine of a case offers, for tune(). */
struct sb_machine {
    const char *backend;
    int cores;          /* cores or compute units that may be used */
    double cache_bytes; /* last-level cache in total; 0 where unknown */
    int simd_bytes;     /* vector width; 0 where unknown */
};

/** kernel × parameters, resolved. p[] and tuning[] are in the order of the kernel's tables. */
struct sb_case {
    const struct sb_kernel *kernel;
    const char *label;   /* of the preset's row; "" where none */
    const char *variant; /* "portable", "vendor", "native" */
    double p[SB_MAX_PARAMS];
    int tuning[SB_MAX_TUNINGS];
    enum sb_precision precision;
    enum sb_maths maths;
    int index_bits; /* 32 or 64: width of index_t */
    uint64_t seed;  /* of the inputs; recorded */
    int ranks;      /* processes that compute it together (ranks.h); 0 is 1 */
    int rank;       /* whose part of it this is; 0 while planning */
};

struct sb_array {
    const char *name; /* required */
    enum sb_type type;
    enum sb_role role;
    int rank;                   /* 1 … SB_MAX_RANK */
    int64_t shape[SB_MAX_RANK]; /* slowest first (C order) */
};

/** Host copies of all arrays of a case: reals as double whatever the precision, integers as themselves. */
struct sb_host {
    int count;
    struct sb_array array[SB_MAX_ARRAYS];
    void *data[SB_MAX_ARRAYS];
};

/** Number of elements of @p array. */
int64_t sb_array_count(const struct sb_array *array);
/** Bytes of one element on the device, by the case's precision. */
size_t sb_type_bytes(enum sb_type type, enum sb_precision precision);
/** Elements of array @p index, which must have that type. */
double *sb_reals(const struct sb_host *host, int index);
int32_t *sb_int32s(const struct sb_host *host, int index);
uint32_t *sb_uint32s(const struct sb_host *host, int index);
int64_t *sb_int64s(const struct sb_host *host, int index);
/** A copy that the caller frees with sb_host_free(); NULL when out of memory. */
struct sb_host *sb_host_clone(const struct sb_host *host);
void sb_host_free(struct sb_host *host);

/** Kernel arguments, in the order of the function's parameters. */
enum sb_arg_kind {
    SB_ARG_END,
    SB_ARG_ARRAY,
    SB_ARG_REAL,
    SB_ARG_INDEX,
    SB_ARG_INT32,
    SB_ARG_UINT32,
    SB_ARG_LOCAL /* OpenCL's `__local T *`: integer bytes of the block's memory, for native variants */
};
struct sb_arg {
    enum sb_arg_kind kind;
    int64_t integer; /* array number, index_t, int32_t, uint32_t, bytes */
    double real;
};
#define SB_A(array) ((struct sb_arg){.kind = SB_ARG_ARRAY, .integer = (array)})
#define SB_R(value) ((struct sb_arg){.kind = SB_ARG_REAL, .real = (value)})
#define SB_I(value) ((struct sb_arg){.kind = SB_ARG_INDEX, .integer = (value)})
#define SB_I32(value) ((struct sb_arg){.kind = SB_ARG_INT32, .integer = (value)})
#define SB_U32(value) ((struct sb_arg){.kind = SB_ARG_UINT32, .integer = (value)})
#define SB_L(bytes) ((struct sb_arg){.kind = SB_ARG_LOCAL, .integer = (bytes)})
#define SB_ARGS(...) ((const struct sb_arg[]){__VA_ARGS__, {.kind = SB_ARG_END}})

/**
 * How a launch is spread. EACH: extent[] iterations of FOR_EACH_<dims>D, x fastest. BLOCKS: extent[] blocks of
 * block[] threads. ONCE: called once on the host side (vendor and native variants of the cpu backend).
 */
enum sb_spread { SB_SPREAD_EACH, SB_SPREAD_BLOCKS, SB_SPREAD_ONCE };
struct sb_shape {
    enum sb_spread spread;
    int dims;
    int64_t extent[3];
    int32_t block[3];
    int32_t
        shared_bytes; /* dynamic memory of the block (`extern __shared__`), for native variants; else 0 */
    int64_t offset
        [3]; /* of the first thread's global index (OpenCL), for native variants' BLOCKS; else 0 */
};
#define SB_EACH_1D(nx) ((struct sb_shape){SB_SPREAD_EACH, 1, {(nx), 1, 1}, {1, 1, 1}, 0, {0, 0, 0}})
#define SB_EACH_2D(nx, ny)                                                                         \
    ((struct sb_shape){SB_SPREAD_EACH, 2, {(nx), (ny), 1}, {1, 1, 1}, 0, {0, 0, 0}})
#define SB_EACH_3D(nx, ny, nz)                                                                     \
    ((struct sb_shape){SB_SPREAD_EACH, 3, {(nx), (ny), (nz)}, {1, 1, 1}, 0, {0, 0, 0}})
#define SB_BLOCKS_1D(gx, bx)                                                                       \
    ((struct sb_shape){SB_SPREAD_BLOCKS, 1, {(gx), 1, 1}, {(bx), 1, 1}, 0, {0, 0, 0}})
#define SB_BLOCKS_2D(gx, gy, bx, by)                                                               \
    ((struct sb_shape){SB_SPREAD_BLOCKS, 2, {(gx), (gy), 1}, {(bx), (by), 1}, 0, {0, 0, 0}})
#define SB_BLOCKS_3D(gx, gy, gz, bx, by, bz)                                                       \
    ((struct sb_shape){SB_SPREAD_BLOCKS, 3, {(gx), (gy), (gz)}, {(bx), (by), (bz)}, 0, {0, 0, 0}})
#define SB_ONCE() ((struct sb_shape){SB_SPREAD_ONCE, 1, {1, 1, 1}, {1, 1, 1}, 0, {0, 0, 0}})

/** Appends a launch of @p function to the repetition. Launches run in order, each after the one before. */
struct sb_launches;
struct sb_ranks; /* ranks.h */
void sb_launch(struct sb_launches *out, const char *function, struct sb_shape shape,
               const struct sb_arg *args);
/**
 * Appends an exchange between ranks (ranks.h), after the launches so far: the kernel's exchange() is called with @p step,
 * the arrays of @p from, and those of @p to, which it writes whole and which reach the device afterwards; they are
 * SB_INOUT, since the host writes them. Lists of array numbers end with −1.
 */
void sb_exchange(struct sb_launches *out, int step, const int *from, const int *to);
#define SB_LIST(...) ((const int[]){__VA_ARGS__, -1})

/** Work of one repetition, of this rank. bytes are those that must move; write-allocate traffic is stated apart. */
struct sb_work {
    double flop;
    double read_bytes;           /* distinct elements read, summed over launches */
    double write_bytes;          /* distinct elements written, summed over launches */
    double write_allocate_bytes; /* reads that a cache without streaming stores adds */
    double items;                /* figure of merit: how many of kernel->item; 0 where none */
};

/** Collects the checks of one verified repetition; NaN never passes any of them. */
struct sb_verdict;
/**
 * Element by element: |got − expected| ≤ bound[i] + bound_all. @p bound may be NULL (only bound_all holds then).
 * Reports the worst element: index, both values, error in ULP of the case's precision, relative, and how many fail.
 */
void sb_check_reals(struct sb_verdict *v, const char *what, const double *got,
                    const double *expected, const double *bound, double bound_all, int64_t count);
/** Integers must be equal. */
void sb_check_int32s(struct sb_verdict *v, const char *what, const int32_t *got,
                     const int32_t *expected, int64_t count);
/** One number against a truth from outside, |got − expected| ≤ bound; @p source names its publication. */
void sb_check_truth(struct sb_verdict *v, const char *what, double got, double expected,
                    double bound, const char *source);
/** Unit roundoff u of the case's precision: 2^-53 or 2^-24. */
double sb_unit_roundoff(const struct sb_case *c);
/** γ_n = n·u/(1 − n·u): bound of n roundings (Higham, Accuracy and Stability, 2nd ed., §3.1). */
double sb_gamma(const struct sb_case *c, double n);

/** An 8-bit grey image that a kernel can show of its result. */
struct sb_picture {
    int width, height;
    unsigned char
        *grey; /* [height][width], allocated with malloc by the kernel, freed by the harness */
};

struct sb_vendor {
    const char *backend; /* "cpu" */
    const char *
        library; /* what is dlopened: "libopenblas.so.0"; GPUs: "libcublas", of the toolkit's version */
    const char *library2; /* a second one, or NULL */
    const char *package;  /* what to install when it is missing */
};

struct sb_kernel {
    int abi;                       /* SB_KERNEL_ABI */
    const char *name;              /* required, equals the folder */
    const char *title;             /* required, one line */
    const char *source;            /* required: who published the method or benchmark */
    const char *item;              /* unit of sb_work.items ("cell update"); may be NULL */
    const struct sb_param *params; /* ends with a NULL name */
    const struct sb_preset
        *presets; /* ends with a NULL preset; tiny, small, medium, large required */
    const struct sb_tuning *tunings; /* ends with a NULL name; may be NULL */
    const struct sb_vendor *vendors; /* ends with a NULL backend; may be NULL */
    unsigned precisions;             /* bits 1 << SB_DOUBLE, 1 << SB_FLOAT */
    int ranks_most;                  /* processes that it may be spread over; 0: one alone */

    /** Constraints between parameters: NULL, or one sentence saying what is wrong. May be NULL: none. */
    const char *(*refuse)(const struct sb_case *c);
    /** Sets the size parameters in p so that the arrays take about @p memory_bytes (less where time forbids). */
    void (*fit)(double *p, enum sb_precision precision, double memory_bytes);
    /** Whether variant c->variant for @p backend, whose file is there, computes this case. May be NULL: every case. */
    bool (*offers)(const struct sb_case *c, const char *backend);
    /** Adapts tuning[] to parameters and machine. May be NULL: the table's values stand. */
    void (*tune)(struct sb_case *c, const struct sb_machine *machine);
    /** Describes the arrays; returns their count. Required. */
    int (*arrays)(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c);
    /** Initial values of every SB_IN and SB_INOUT array (reals are then rounded to the precision). Required. */
    void (*fill)(const struct sb_case *c, struct sb_host *host);
    /** The launches of one repetition. Required. */
    void (*launches)(struct sb_launches *out, const struct sb_case *c);
    /** The work of one repetition. Required. */
    void (*work)(struct sb_work *out, const struct sb_case *c);
    /** One repetition in plain serial C, in place on @p host. Required. */
    void (*reference)(const struct sb_case *c, struct sb_host *host);
    /** Checks @p after, the state one repetition after @p before. 0, or -1 when out of memory. Required. */
    int (*verify)(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after);
    /** Host memory that reference and verify need beside the arrays, in bytes. May be NULL: as much as the arrays as double, twice. */
    double (*verify_bytes)(const struct sb_case *c);
    /**
     * Exchange number @p step of a repetition. data[i] is array i on the host in the device's form (reals in the case's
     * precision), NULL where the exchange did not name it. Messages may go wrong: 0, or what the operation returned.
     * Required where sb_exchange() is used.
     */
    int (*exchange)(const struct sb_case *c, int step, struct sb_ranks *ranks,
                    void *const data[SB_MAX_ARRAYS]);
    /** A picture of the result. 0 or -1. May be NULL: none. */
    int (*picture)(struct sb_picture *out, const struct sb_case *c, const struct sb_host *after);
};

#endif
