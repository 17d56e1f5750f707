/* SPDX-License-Identifier: Apache-2.0 */
/** The parts of the cpu backend. */
#ifndef SB_CPU_H
#define SB_CPU_H

#include "backends/backend.h"
#include "backends/cpu/target.h"

#include <stdio.h>

/** sb_backend.probe and .device. */
void sb_cpu_probe(struct sb_probe *out);
int sb_cpu_device(struct sb_device *out, const char *target, struct sb_error *err);
/**
 * Writes the translation unit: the source by #include, one launcher per function, and what the harness needs; for an
 * emulator (@p program) its main() too. *out is the caller's to free.
 */
int sb_cpu_unit(char **out, const struct sb_source *source, bool program, struct sb_error *err);
/** Compiles @p source (backend.h). */
int sb_cpu_compile(struct sb_artifact *out, const struct sb_source *source, struct sb_error *err);

/** Reports on compiled code (backend.h). */
int sb_cpu_inspect(struct sb_code_report *out, int room, const struct sb_artifact *artifact,
                   const struct sb_source *source, struct sb_error *err);

/** Whether compiled code has instructions that fuse what the source does not (strict maths must not). */
bool sb_cpu_fuses(const char *path);

struct sb_checks; /* backends/cpu/device/checks.h */
/** Flags that make the compiler call device/checker.h at each access and at undefined behaviour. */
const char *sb_cpu_check_flags(bool clang);
/** {"findings": […]} of what was noted, each with the line of the source that @p object was made from; new reference. */
json_t *sb_cpu_findings(const struct sb_checks *checks, const char *object);

/** Memory of one array between guard pages; what lies between its end and the page's end is a canary. */
struct sb_buffer {
    char name[64];
    unsigned char *map; /* the whole mapping, guard pages included */
    size_t map_bytes;
    unsigned char *data; /* 64-byte aligned */
    size_t bytes;
    unsigned char *end; /* of the accessible part */
    unsigned char *begin;
    unsigned char before, behind; /* the canaries */
};
/** Maps @p bytes; untouched. SB_ENOMEM with the number. */
int sb_cpu_buffer_map(struct sb_buffer *out, const char *name, size_t bytes, struct sb_error *err);
/** The same, @p bytes of which lie in the file @p fd from @p offset on, which another process maps too. */
int sb_cpu_buffer_map_file(struct sb_buffer *out, const char *name, size_t bytes, int fd,
                           size_t offset, struct sb_error *err);
/** Writes the canaries; after the array's first touch. @p beside: other bytes than the usual ones, or NULL. */
void sb_cpu_buffer_arm(struct sb_buffer *buffer, const struct sb_beside *beside);
/** Makes the guard pages accessible too, so that an access which is noted elsewhere does not end the process. SB_EIO. */
int sb_cpu_buffer_open(struct sb_buffer *buffer, struct sb_error *err);
/** SB_EDEVICE where a canary was written. */
int sb_cpu_buffer_check(const struct sb_buffer *buffer, struct sb_error *err);
void sb_cpu_buffer_unmap(struct sb_buffer *buffer);

union sb_scalar {
    double f64;
    float f32;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
};
/** The value of a scalar argument in the type that the compiled code reads. */
void sb_cpu_scalar(union sb_scalar *out, const struct sb_arg *arg, enum sb_precision precision,
                   int index_bits);

#endif
