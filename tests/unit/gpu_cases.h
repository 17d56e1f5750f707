/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of every kernel's preset `tiny` as a GPU backend gets them, for the tests of the GPU driver. */
#ifndef GPU_CASES_H
#define GPU_CASES_H

#include "backends/backend.h"
#include "harness/plan/cells.h"
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
static inline int gpu_case_make(struct gpu_case *out, const struct sb_kernel *kernel,
                                const struct sb_preset *preset, const char *backend,
                                const char *target, const char *variant)
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
    if (sb_variant_source(out->file, sizeof out->file, out->folder, kernel->name, variant, backend,
                          &err) != 0 ||
        sb_fs_cache(out->cache, sizeof out->cache, "code", &err) != 0 ||
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

/* Calls back for every case of `tiny` and every variant of @p backend. */
static inline void gpu_cases_each(const char *backend, const char *target,
                                  void (*call)(struct gpu_case *g))
{
    static struct gpu_case g;
    for (int k = 0; sb_kernels[k]; ++k) {
        struct sb_variants variants;
        char folder[1100];
        snprintf(folder, sizeof folder, "%s/%s", sb_kernels_folder(), sb_kernels[k]->name);
        sb_variants_find(&variants, sb_kernels[k], folder, NULL);
        for (const struct sb_preset *p = sb_kernels[k]->presets; strcmp(p->preset, "tiny") == 0;
             ++p) {
            for (int v = 0; v < variants.count; ++v) {
                const struct sb_variant *variant = &variants.item[v];
                struct sb_case c;
                sb_case_init(&c, sb_kernels[k], p);
                sb_case_finish(&c, &(struct sb_machine){.backend = backend}, 0, 1e12, NULL);
                c.variant = variant->name;
                if (variant->backend[0] &&
                    (strcmp(variant->backend, backend) != 0 ||
                     (sb_kernels[k]->offers && !sb_kernels[k]->offers(&c, backend)))) {
                    continue;
                }
                if (gpu_case_make(&g, sb_kernels[k], p, backend, target, variant->name) == 0) {
                    call(&g);
                }
                sb_launches_free(&g.launches);
            }
        }
    }
}

#endif
