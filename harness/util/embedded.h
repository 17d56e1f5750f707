/* SPDX-License-Identifier: Apache-2.0 */
/** Files inside the program: tables written by embed_files() of scripts/cmake/Embed.cmake. */
#ifndef SB_EMBEDDED_H
#define SB_EMBEDDED_H

#include <stddef.h>

/** One file, by its name without folders; bytes[length] is NUL. A table ends with a NULL name. */
struct sb_embedded {
    const char *name;
    const char *bytes;
    size_t length;
};

#endif
