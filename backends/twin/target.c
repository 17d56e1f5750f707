/* SPDX-License-Identifier: Apache-2.0 */
/* What the twin compiles for: "native" is the dialect's GPU form (and .cu, .hip, .cl by their suffix); "opencl" is the
 * same portable source as OpenCL C sees it. */
#include "backends/twin/twin.h"

#include "backends/twin/opencl.h"
#include "harness/build/compiler.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const sb_twin_targets[] = {"opencl", NULL};

static int find_compiler(struct sb_compiler *out, const char *target, struct sb_error *err)
{
    return strcmp(target, "opencl") == 0 ? sb_compiler_find_clang(out, err)
                                         : sb_compiler_find_cxx(out, err);
}

enum sb_target_state sb_twin_target(const char *target, char *reason, size_t room)
{
    struct sb_compiler compiler;
    struct sb_error err = {0};
    if (strcmp(target, "native") != 0 && strcmp(target, "opencl") != 0) {
        return SB_TARGET_FOREIGN;
    }
    if (find_compiler(&compiler, target, &err) != 0) {
        snprintf(reason, room, "%s", err.text);
        return SB_TARGET_MISSING;
    }
    return SB_TARGET_READY;
}

int sb_twin_device(struct sb_device *out, const char *target, struct sb_error *err)
{
    struct sb_compiler compiler;
    const int code = find_compiler(&compiler, target, err);
    if (code != 0) {
        return code;
    }
    *out = (struct sb_device){.cores = 1};
    snprintf(out->name, sizeof out->name, "twin of a GPU");
    snprintf(out->vendor, sizeof out->vendor, "switchbench");
    snprintf(out->driver, sizeof out->driver, "%.127s", compiler.identity);
    snprintf(out->target, sizeof out->target, "%s", target);
    snprintf(out->emulated, sizeof out->emulated, "twin");
    out->memory_bytes = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    return 0;
}
