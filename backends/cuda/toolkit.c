/* SPDX-License-Identifier: Apache-2.0 */
/* Where users have CUDA: wheels, modules that set CUDA_HOME, /usr/local, the loader's path. */
#include "backends/cuda/cuda.h"

#include <dirent.h>
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int add(char out[][512], int room, int count, const char *folder, const char *below)
{
    if (count < room && folder && *folder) {
        snprintf(out[count], 512, "%s%s", folder, below);
        return is_folder(out[count]) ? count + 1 : count;
    }
    return count;
}

int sb_cuda_roots(char out[][512], int room)
{
    const char *ours = getenv("SWITCHBENCH_CUDA");
    int count = add(out, room, 0, ours, "/nvidia/cu13");
    count = add(out, room, count, ours, "");
    count = add(out, room, count, getenv("CUDA_HOME"), "");
    count = add(out, room, count, getenv("CUDA_PATH"), "");
    count = add(out, room, count, "/usr/local/cuda", "");
    glob_t found;
    if (glob("/usr/local/cuda-*", 0, NULL, &found) == 0) {
        for (size_t i = found.gl_pathc; i-- > 0;) { /* sorted: the newest last */
            count = add(out, room, count, found.gl_pathv[i], "");
        }
        globfree(&found);
    }
    count = add(out, room, count, "/opt/cuda", "");
    return add(out, room, count, "/usr/lib/nvidia-cuda-toolkit", "");
}

/* NVRTC 13.0 opens its built-ins by name and has no search path of its own, nor has CUPTI for nvperf: they are opened first,
 * from beside it. */
static void open_beside(const char *folder, const char *stem)
{
    char pattern[700];
    snprintf(pattern, sizeof pattern, "%s/%s", folder,
             strcmp(stem, "libcupti") == 0 ? "libnvperf_*.so" : "libnvrtc-builtins.so.*");
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; ++i) {
            dlopen(found.gl_pathv[i], RTLD_NOW | RTLD_GLOBAL);
        }
        globfree(&found);
    }
}

/* A toolkit's libraries need each other ("libcublasLt.so.13: cannot open …") and may not be in the loader's path: what is
 * missing is opened from the same folder first. */
static void *open_with_siblings(const char *path, const char *folder, char *reason, size_t room)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    for (int tries = 0; !library && tries < 8; ++tries) {
        char sibling[700];
        snprintf(reason, room, "%s", dlerror());
        const int length = (int)strcspn(reason, ": ");
        snprintf(sibling, sizeof sibling, "%s/%.*s", folder, length, reason);
        if (reason[0] == '/' || !strstr(sibling, ".so") ||
            !dlopen(sibling, RTLD_NOW | RTLD_GLOBAL)) {
            return NULL;
        }
        library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    }
    return library;
}

static void *open_below(const char *root, const char *stem, char *reason, size_t room)
{
    static const char *const places[] = {"lib64", "lib", "targets/x86_64-linux/lib",
                                         "targets/sbsa-linux/lib", "extras/CUPTI/lib64"};
    for (size_t p = 0; p < sizeof places / sizeof *places; ++p) {
        char folder[600], pattern[700];
        snprintf(folder, sizeof folder, "%s/%s", root, places[p]);
        snprintf(pattern, sizeof pattern, "%s/%s.so*", folder, stem);
        glob_t found;
        if (glob(pattern, 0, NULL, &found) != 0) {
            continue;
        }
        if (strcmp(stem, "libnvrtc") == 0 || strcmp(stem, "libcupti") == 0) {
            open_beside(folder, stem);
        }
        void *library = NULL;
        for (size_t i = found.gl_pathc; i-- > 0 && !library;) {
            library = open_with_siblings(found.gl_pathv[i], folder, reason, room);
        }
        globfree(&found);
        if (library) {
            return library;
        }
    }
    return NULL;
}

void *sb_cuda_open(const char *stem, char *reason, size_t room)
{
    static const char *const versions[] = {".so.13", ".so.12", ".so.11", ".so.11.2", ".so"};
    if (strstr(stem,
               ".so")) { /* a version is asked for: the loader's path; the driver's own library */
        void *library = dlopen(stem, RTLD_NOW | RTLD_GLOBAL);
        snprintf(reason, room, "%s", library ? "" : dlerror());
        return library;
    }
    char roots[16][512];
    const int count = sb_cuda_roots(roots, 16);
    snprintf(reason, room,
             "%s is neither in a CUDA toolkit ($SWITCHBENCH_CUDA, $CUDA_HOME, /usr/local/cuda) nor "
             "in the "
             "loader's path",
             stem);
    for (int i = 0; i < count; ++i) {
        void *library = open_below(roots[i], stem, reason, room);
        if (library) {
            return library;
        }
    }
    for (size_t i = 0; i < sizeof versions / sizeof *versions; ++i) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", stem, versions[i]);
        void *library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
        if (library) {
            return library;
        }
    }
    return NULL;
}
