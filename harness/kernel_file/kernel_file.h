/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One source file with kernels that says itself, in comments, on which arrays it works and how it is launched, so that
 * it can be checked alone, without the folder of a kernel (README.md teaches the comments).
 */
#ifndef SB_KERNEL_FILE_H
#define SB_KERNEL_FILE_H

#include "backends/backend.h"
#include "harness/plan/campaign.h"
#include "harness/util/error.h"

/** What an element is made of: @p lanes scalars ("float4": 4 of 4 bytes). */
enum sb_scalar { SB_SCALAR_SIGNED, SB_SCALAR_UNSIGNED, SB_SCALAR_REAL };
struct sb_element {
    const char *name;
    enum sb_scalar scalar;
    int scalar_bytes;
    int lanes;
};

/** Initial values; a and b are the numbers in brackets. */
enum sb_fill_rule {
    SB_FILL_NOTHING, /* never written: the first reader is wrong */
    SB_FILL_VALUE,   /* a everywhere */
    SB_FILL_RAMP,    /* a, a + b, a + 2b, … */
    SB_FILL_RANDOM   /* uniform from a to b; whole numbers including both */
};
struct sb_fill {
    enum sb_fill_rule rule;
    double a, b;
};

struct sb_file_array {
    char name[64];
    const struct sb_element *element;
    enum sb_role role;
    int rank;
    int64_t shape[SB_MAX_RANK]; /* elements, slowest first */
    struct sb_fill fill;
};

/** A macro given to the compiler; names in the comments' expressions mean its value. */
struct sb_file_define {
    char name[64];
    int value;
};

struct sb_kernel_file {
    char path[1024];
    struct sb_file_define define[SB_MAX_TUNINGS];
    int define_count;
    struct sb_file_array array[SB_MAX_ARRAYS];
    int array_count;
    struct sb_launches
        launches; /* extents and blocks as they stand, 0 and below too: that is what is checked */
    int warp;     /* lanes of a warp, from "// warp:"; 0: not said */
};

/** What the command line says; each list may be empty. */
struct sb_kernel_file_options {
    struct sb_strings defines;  /* "RIGHT", "N=64" */
    struct sb_strings launches; /* instead of the file's */
    struct sb_strings arrays;   /* beside the file's; one of the same name is instead of it */
};

/**
 * Reads @p path and what it says of itself. Freed with sb_kernel_file_free(), also after an error. SB_ENOTFOUND,
 * SB_EINVAL and SB_EPARSE with file and line.
 */
int sb_kernel_file_read(struct sb_kernel_file *out, const char *path,
                        const struct sb_kernel_file_options *options, struct sb_error *err);
void sb_kernel_file_free(struct sb_kernel_file *file);

/** "a double[64][32] inout random(0, 9)"; @p where begins messages. SB_EPARSE. */
int sb_file_array_parse(struct sb_file_array *out, const char *text, const char *where,
                        const struct sb_kernel_file *file, struct sb_error *err);
/** "name<8><<<(4, 4), (8, 8), 1024>>>(a, b, 32, 0.5)", "name<<<each(64, 32)>>>(u)". SB_EPARSE. */
int sb_file_launch_parse(struct sb_launch_spec *out, const char *text, const char *where,
                         const struct sb_kernel_file *file, struct sb_error *err);
/** "NAME" (then 1) or "NAME=12". SB_EINVAL. */
int sb_file_define_parse(struct sb_file_define *out, const char *text, struct sb_error *err);

/** Elements of the array, and their bytes in all. */
int64_t sb_file_array_count(const struct sb_file_array *array);
size_t sb_file_array_bytes(const struct sb_file_array *array);
/** The type as kernel.h knows it; double is SB_REAL, what it does not know is told by its width. */
enum sb_type sb_element_type(const struct sb_element *element);
/** Writes the initial values, sb_file_array_bytes() of them; nothing for SB_FILL_NOTHING. Same seed, same values. */
void sb_file_array_fill(void *out, const struct sb_file_array *array, uint64_t seed);
/** One scalar at @p from as text, whole. */
void sb_file_scalar_show(char *out, size_t room, const struct sb_element *element,
                         const void *from);

#endif
