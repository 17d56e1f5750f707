/* SPDX-License-Identifier: Apache-2.0 */
/** The parts of the cpu backend. */
#ifndef SB_CPU_H
#define SB_CPU_H

#include "backends/backend.h"

#include <stdio.h>

/** Compiler flags for @p source; SB_EABSENT where the target is for another machine. */
int sb_cpu_flags(char *out, size_t room, const struct sb_source *source, struct sb_error *err);
/** Writes the translation unit: the source by #include, and one launcher per function. */
int sb_cpu_unit(char **out, const struct sb_source *source, struct sb_error *err);
/** Compiles @p source (backend.h). */
int sb_cpu_compile(struct sb_artifact *out, const struct sb_source *source, struct sb_error *err);

/** Memory of one array between guard pages; what lies between its end and the page's end is a canary. */
struct sb_buffer {
    char name[64];
    unsigned char *map; /* the whole mapping, guard pages included */
    size_t map_bytes;
    unsigned char *data; /* 64-byte aligned */
    size_t bytes;
    unsigned char *end; /* of the accessible part */
    unsigned char *begin;
};
/** Maps @p bytes; untouched. SB_ENOMEM with the number. */
int sb_cpu_buffer_map(struct sb_buffer *out, const char *name, size_t bytes, struct sb_error *err);
/** Writes the canaries; after the array's first touch. */
void sb_cpu_buffer_arm(struct sb_buffer *buffer);
/** SB_EDEVICE where a canary was written. */
int sb_cpu_buffer_check(const struct sb_buffer *buffer, struct sb_error *err);
void sb_cpu_buffer_unmap(struct sb_buffer *buffer);

#endif
