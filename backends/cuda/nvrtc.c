/* SPDX-License-Identifier: Apache-2.0 */
/* CUDA's compilers: NVRTC, else nvcc. Neither needs a device. */
#include "backends/cuda/cuda.h"
#include "harness/util/process.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const sb_cuda_targets[] = {"sm_80", "sm_90", NULL};

bool sb_cuda_is_arch(const char *arch)
{
    if (strncmp(arch, "sm_", 3) != 0) {
        return false;
    }
    const size_t digits = strspn(arch + 3, "0123456789");
    const char *rest = arch + 3 + digits;
    return digits >= 2 && digits <= 3 &&
           (*rest == '\0' || ((*rest == 'a' || *rest == 'f') && rest[1] == '\0'));
}

bool sb_cuda_runs(const char *arch, const char *device)
{
    if (!sb_cuda_is_arch(arch) || !sb_cuda_is_arch(device)) {
        return false;
    }
    const int code = (int)strtol(arch + 3, NULL, 10), here = (int)strtol(device + 3, NULL, 10);
    return code / 10 == here / 10 && code <= here &&
           (arch[strlen(arch) - 1] != 'a' || code == here);
}

void sb_cuda_typical(struct sb_machine *out, const char *target)
{
    static const struct {
        const char *target;
        int cores;
        double cache_bytes;
    } sheets[] = {
        /* multiprocessors and L2 of NVIDIA's architecture white papers: A100, H100 SXM */
        {"sm_80", 108, 40 << 20},
        {"sm_90", 132, 50 << 20},
    };
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; ++i) {
        if (strcmp(sheets[i].target, target) == 0) {
            out->cores = sheets[i].cores;
            out->cache_bytes = sheets[i].cache_bytes;
        }
    }
}

/* Fast maths leaves NaN, infinity and the order of operations alone; float's quotients and roots may be off by what
 * OpenCL allows (CUDA C++ Programming Guide, "Mathematical Functions"). */
static void maths_flags(char *out, size_t room, const struct sb_source *source)
{
    const bool strict = source->c->maths == SB_STRICT;
    const bool fuse = !strict && !(source->toggles & SB_TOGGLE_NO_CONTRACT);
    const bool flush = !strict && !(source->toggles & SB_TOGGLE_KEEP_DENORMALS);
    snprintf(out, room, "-fmad=%s -ftz=%s -prec-div=%s -prec-sqrt=%s", fuse ? "true" : "false",
             flush ? "true" : "false", strict ? "true" : "false", strict ? "true" : "false");
}

/* NVRTC. */

struct nvrtc {
    struct sb_gpu_rtc rtc;
    int (*count)(int *out);
    int (*archs)(int *out);
};

static int open_nvrtc(const struct nvrtc **out, struct sb_error *err)
{
    static struct nvrtc opened;
    static bool done;
    *out = &opened;
    if (done) {
        return 0;
    }
    char reason[400];
    void *library = sb_cuda_open("libnvrtc", reason, sizeof reason);
    if (!library) {
        return sb_fail(err, SB_EABSENT, "NVRTC is not here: %s", reason);
    }
    const int code = sb_gpu_rtc_fill(&opened.rtc, library, "nvrtc", "CUBIN", err);
    *(void **)&opened.count = dlsym(library, "nvrtcGetNumSupportedArchs");
    *(void **)&opened.archs = dlsym(library, "nvrtcGetSupportedArchs");
    done = code == 0;
    return code;
}

static int refuse_arch(const struct nvrtc *nvrtc, const char *arch, const char *identity,
                       struct sb_error *err)
{
    int count = 0, known[64];
    if (!nvrtc->count || !nvrtc->archs || nvrtc->count(&count) != 0 || count > 64 || count < 1 ||
        nvrtc->archs(known) != 0) {
        return 0; /* older than CUDA 11.2: the compiler will say */
    }
    for (int i = 0; i < count; ++i) {
        if (known[i] == (int)strtol(arch + 3, NULL, 10)) {
            return 0;
        }
    }
    return sb_fail(err, SB_EABSENT, "%s does not know %s (but sm_%d to sm_%d)", identity, arch,
                   known[0], known[count - 1]);
}

int sb_nvrtc_ready(char *identity, size_t room, const char *arch, struct sb_error *err)
{
    const struct nvrtc *nvrtc = NULL;
    int major = 0, minor = 0;
    const int code = open_nvrtc(&nvrtc, err);
    if (code != 0) {
        return code;
    }
    nvrtc->rtc.version(&major, &minor);
    snprintf(identity, room, "NVRTC %d.%d", major, minor);
    return refuse_arch(nvrtc, arch, identity, err);
}

void sb_nvrtc_flags(char *out, size_t room, const struct sb_source *source, const char *arch)
{
    char maths[120];
    maths_flags(maths, sizeof maths, source);
    snprintf(out, room, "--gpu-architecture=%s --std=c++17 %s --ptxas-options=-v %s%s", arch,
             source->toggles & SB_TOGGLE_DEBUG ? "--device-debug" : "-lineinfo", maths,
             source->toggles & SB_TOGGLE_UNOPTIMISED ? " --ptxas-options=-O0" : "");
}

int sb_nvrtc_compile_with(const struct sb_gpu_job *job, const char *const *headers,
                          struct sb_error *err)
{
    const struct nvrtc *nvrtc = NULL;
    const int code = open_nvrtc(&nvrtc, err);
    return code ? code : sb_gpu_rtc_compile(&nvrtc->rtc, job, headers, err);
}

static int compile_nvrtc(const struct sb_gpu_job *job, struct sb_error *err)
{
    /* NVRTC has its own declarations before any source; what a source includes for nvcc is empty here. */
    static const char *const headers[] = {"cuda_runtime.h", "\n", NULL};
    return sb_nvrtc_compile_with(job, headers, err);
}

static const struct sb_gpu_compiler nvrtc_compiler = {
    .names_instances = true,
    .ready = sb_nvrtc_ready,
    .flags = sb_nvrtc_flags,
    .compile = compile_nvrtc,
};

/* nvcc. */

static int find_nvcc(char *out, size_t room, struct sb_error *err)
{
    char roots[16][512];
    const int count = sb_cuda_roots(roots, 16);
    for (int i = 0; i < count; ++i) {
        snprintf(out, room, "%s/bin/nvcc", roots[i]);
        if (access(out, X_OK) == 0) {
            return 0;
        }
    }
    return sb_process_which(out, room, "nvcc", NULL) == 0
               ? 0
               : sb_fail(err, SB_EABSENT,
                         "nvcc is not here (scripts/toolchains FOLDER installs CUDA's compilers; "
                         "then set "
                         "SWITCHBENCH_CUDA=FOLDER)");
}

static int ready_nvcc(char *identity, size_t room, const char *arch, struct sb_error *err)
{
    char path[600];
    struct sb_process_result result;
    int code = find_nvcc(path, sizeof path, err);
    code = code ? code
                : sb_process_run(&result, (const char *const[]){path, "--list-gpu-code", NULL}, 20,
                                 err);
    if (code != 0) {
        return code;
    }
    const char *at = result.exit_status == 0 ? strstr(result.output, arch) : NULL;
    code = at && (at[strlen(arch)] == '\n' || at[strlen(arch)] == '\0')
               ? 0
               : sb_fail(err, SB_EABSENT, "nvcc does not know %s", arch);
    sb_process_result_free(&result);
    code = code ? code
                : sb_process_run(&result, (const char *const[]){path, "--version", NULL}, 20, err);
    if (code == 0) {
        const char *release = strstr(result.output, "release ");
        snprintf(identity, room, "nvcc %.*s", release ? (int)strcspn(release + 8, ",\n") : 0,
                 release ? release + 8 : "");
        sb_process_result_free(&result);
    }
    return code;
}

static void nvcc_flags(char *out, size_t room, const struct sb_source *source, const char *arch)
{
    char maths[120];
    maths_flags(maths, sizeof maths, source);
    snprintf(out, room, "-cubin -arch=%s -x cu -std=c++17 -O3 %s -Xptxas -v %s%s", arch,
             source->toggles & SB_TOGGLE_DEBUG ? "-G" : "-lineinfo", maths,
             source->toggles & SB_TOGGLE_UNOPTIMISED ? " -Xptxas -O0" : "");
}

static int compile_nvcc(const struct sb_gpu_job *job, struct sb_error *err)
{
    char path[600];
    const int code = find_nvcc(path, sizeof path, err);
    return code ? code : sb_gpu_tool_compile(path, job, ".cu", err);
}

static const struct sb_gpu_compiler nvcc_compiler = {
    .ready = ready_nvcc,
    .flags = nvcc_flags,
    .compile = compile_nvcc,
};

const struct sb_gpu_compiler *const sb_cuda_compilers[] = {&nvrtc_compiler, &nvcc_compiler, NULL};
