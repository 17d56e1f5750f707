/* SPDX-License-Identifier: Apache-2.0 */
/* host_objects FOLDER [BACKEND…]: for every portable case of preset `tiny`, fast and strict, compiles the cubin as the
 * backend will (sm_90) and the same source for this processor, and links the second as FOLDER/<hash of the cubin>-<key>.so,
 * where the fake driver finds it. */
#include "backends/cpu/cpu.h"
#include "tests/unit/gpu_cases.h"

#include <stdlib.h>

static const char *folder, *backend_now;
static int failures, objects;

static uint64_t hash_file(const char *path)
{
    char *text = NULL;
    size_t length = 0;
    uint64_t hash = 1469598103934665603U; /* FNV-1a, as in fake_cuda.c */
    if (sb_fs_read(&text, &length, path, NULL) == 0) {
        for (size_t i = 0; i < length; ++i) {
            hash = (hash ^ (unsigned char)text[i]) * 1099511628211U;
        }
    }
    free(text);
    return hash;
}

static void make(struct gpu_case *g)
{
    if (strcmp(g->c.variant, "portable") != 0) {
        return;
    }
    for (int maths = SB_FAST; maths <= SB_STRICT; ++maths) {
        struct sb_error err = {0};
        struct sb_artifact cubin, object;
        g->c.maths = (enum sb_maths)maths;
        g->source.target = "sm_90";
        int code = sb_backend_find(backend_now)->compile(&cubin, &g->source, &err);
        g->source.target = "native";
        g->source.threads = 1;
        code = code ? code : sb_cpu_compile(&object, &g->source, &err);
        char path[1300];
        snprintf(path, sizeof path, "%s/%016llx-%.16s.so", folder,
                 code ? 0ULL : (unsigned long long)hash_file(cubin.path), object.key);
        if (code == 0 && access(path, F_OK) != 0 && symlink(object.path, path) != 0) {
            code = sb_fail(&err, SB_EIO, "cannot link %s", path);
        }
        if (code != 0) {
            fprintf(stderr, "%s: %s\n", g->c.kernel->name, err.text);
            ++failures;
        }
        objects += code == 0;
    }
}

int main(int argc, char **argv)
{
    static const char *usual[] = {"cuda", "hip"};
    folder = argc > 1 ? argv[1] : ".";
    for (int i = 0; i < (argc > 2 ? argc - 2 : 2); ++i) {
        backend_now = argc > 2 ? argv[i + 2] : usual[i];
        gpu_cases_each(backend_now, "sm_90", make);
    }
    printf("%d objects, %d failures\n", objects, failures);
    return failures > 0 || objects == 0;
}
