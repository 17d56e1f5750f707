/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of every kernel's preset `tiny` as a GPU backend gets them, for the tests of the GPU driver. */
#ifndef GPU_CASES_H
#define GPU_CASES_H

#include "backends/backend.h"
#include "harness/plan/kernels.h"
#include "harness/util/fs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct gpu_case {
    struct sb_case c;
    struct sb_launches launches;
    char folder[1024], file[1200], cache[1024];
    struct sb_source source;
};

/* 0; @p target and everything else may be changed in out->source afterwards. */
static inline int gpu_case_make(struct gpu_case *out, const struct sb_kernel *kernel, const struct sb_preset *preset,
                                const char *backend, const char *target, const char *variant, const char *file)
{
    struct sb_error err = {0};
    memset(out, 0, sizeof *out);
    struct sb_machine machine = {.backend = backend};
    if (sb_backend_find(backend)->typical) {
        sb_backend_find(backend)->typical(&machine, target);
    }
    sb_case_init(&out->c, kernel, preset);
    out->c.variant = variant;
    out->c.seed = 1;
    snprintf(out->folder, sizeof out->folder, "%s/%s", sb_kernels_folder(), kernel->name);
    snprintf(out->file, sizeof out->file, "%s/%s.%s", out->folder, kernel->name, file);
    if (sb_fs_cache(out->cache, sizeof out->cache, "code", &err) != 0 ||
        sb_case_finish(&out->c, &machine, 0, 1e12, &err) != 0) {
        printf("%s: %s\n", kernel->name, err.text);
        return -1;
    }
    kernel->launches(&out->launches, &out->c);
    out->source = (struct sb_source){.c = &out->c,
                                     .folder = out->folder,
                                     .file = out->file,
                                     .include = sb_kernels_folder(),
                                     .target = target,
                                     .cache = out->cache,
                                     .launches = &out->launches};
    return 0;
}

#endif
