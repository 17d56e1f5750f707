/* SPDX-License-Identifier: Apache-2.0 */
/** A node's files made by a test, in a folder of its own. */
#ifndef SB_TEST_MADE_NODE_H
#define SB_TEST_MADE_NODE_H

#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Makes an empty folder; @p root has room for 64. */
static inline void made_begin(char root[64])
{
    snprintf(root, 64, "/tmp/sb-node-XXXXXX");
    if (!mkdtemp(root) || chmod(root, 0755) != 0) {
        abort();
    }
}

/** Writes "<root>/<path>", in one step for a reader. */
__attribute__((format(printf, 3, 4))) static inline void
made_put(const char *root, const char *path, const char *fmt, ...)
{
    char full[600], beside[620], folder[600];
    snprintf(full, sizeof full, "%s/%s", root, path);
    snprintf(beside, sizeof beside, "%s/.new", root);
    snprintf(folder, sizeof folder, "%s", full);
    for (char *c = folder + strlen(root) + 1; (c = strchr(c, '/')); ++c) {
        *c = '\0';
        mkdir(folder, 0755);
        *c = '/';
    }
    FILE *file = fopen(beside, "we");
    if (!file) {
        abort();
    }
    va_list ap;
    va_start(ap, fmt);
    vfprintf(file, fmt, ap);
    va_end(ap);
    fputc('\n', file);
    fclose(file);
    if (chmod(beside, 0644) != 0 || rename(beside, full) != 0) {
        abort();
    }
}

static inline void made_end(const char *root)
{
    const char *const argv[] = {"rm", "-rf", root, NULL};
    struct sb_process_result result;
    if (sb_process_run(&result, argv, 10, NULL) == 0) {
        sb_process_result_free(&result);
    }
}

#endif
