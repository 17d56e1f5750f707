/* SPDX-License-Identifier: Apache-2.0 */
/* HIP's compilers: hiprtc and clang for AMD's GPUs, NVRTC with HIP's names for NVIDIA's. None needs a device. */
#include "backends/cuda/cuda.h"
#include "backends/hip/hip.h"
#include "harness/util/embedded.h"
#include "harness/util/process.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICE_LIBRARIES "/usr/lib/x86_64-linux-gnu/amdgcn/bitcode"

extern const struct sb_embedded sb_hip_headers[];

const char *sb_hip_header(const char *name)
{
    for (const struct sb_embedded *file = sb_hip_headers; file->name; ++file) {
        if (strcmp(file->name, name) == 0) {
            return file->bytes;
        }
    }
    return "";
}

bool sb_hip_is_arch(const char *arch)
{
    const size_t digits = strncmp(arch, "gfx", 3) == 0 ? strspn(arch + 3, "0123456789abcdef") : 0;
    const char *features = arch + 3 + digits;
    return digits >= 3 && digits <= 4 && (*features == '\0' || *features == ':') &&
           strspn(features, ":abcdefghijklmnopqrstuvwxyz+-") == strlen(features);
}

static bool is_portable(const struct sb_source *source)
{
    return strcmp(source->c->variant, "portable") == 0;
}

const char *sb_hip_amd_prelude(const struct sb_source *source)
{
    return is_portable(source) ? "" : sb_hip_header("amd.h");
}

/* As NVRTC's (backends/cuda/nvrtc.c), in clang's words. */
static void maths_flags(char *out, size_t room, const struct sb_source *source)
{
    const bool strict = source->c->maths == SB_STRICT;
    const bool fuse = !strict && !(source->toggles & SB_TOGGLE_NO_CONTRACT);
    const bool flush = !strict && !(source->toggles & SB_TOGGLE_KEEP_DENORMALS);
    snprintf(out, room, "-ffp-contract=%s%s%s", fuse ? "fast" : "off",
             flush ? " -fgpu-flush-denormals-to-zero" : "",
             strict ? "" : " -fno-hip-fp32-correctly-rounded-divide-sqrt");
}

/* hiprtc: it aborts its process on an architecture it does not know, so a child tries each name once. */

static int open_hiprtc(const struct sb_gpu_rtc **out, struct sb_error *err)
{
    static const char *const names[] = {"libhiprtc.so.7", "libhiprtc.so.6", "libhiprtc.so.5",
                                        "libamdhip64.so.5", "/opt/rocm/lib/libhiprtc.so"};
    static struct sb_gpu_rtc rtc;
    static bool done;
    *out = &rtc;
    for (size_t i = 0; i < sizeof names / sizeof *names && !done; ++i) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        done = library && sb_gpu_rtc_fill(&rtc, library, "hiprtc", "Code", err) == 0;
        rtc.apart = true;
    }
    return done ? 0
                : sb_fail(err, SB_EABSENT, "hiprtc is not here (apt-get install libamdhip64-5)");
}

static int try_arch(void *payload, struct sb_error *err)
{
    const struct sb_gpu_rtc *rtc = NULL;
    void *program = NULL;
    char option[80];
    snprintf(option, sizeof option, "--offload-arch=%s", (const char *)payload);
    const char *options[] = {option};
    int code = open_hiprtc(&rtc, err);
    if (code == 0 && (rtc->create(&program, "extern \"C\" __global__ void f() {}", "f.hip", 0, NULL,
                                  NULL) != 0 ||
                      rtc->compile(program, 1, options) != 0)) {
        code = sb_fail(err, SB_EABSENT, "it does not compile");
    }
    return code;
}

static bool knows_arch(const char *arch)
{
    static struct {
        char arch[64];
        bool known;
    } tried[32];
    static int count;
    for (int i = 0; i < count; ++i) {
        if (strcmp(tried[i].arch, arch) == 0) {
            return tried[i].known;
        }
    }
    char name[64];
    snprintf(name, sizeof name, "%s", arch);
    const bool known = sb_gpu_apart(try_arch, name, 30, arch, NULL) == 0;
    if (count < 32) {
        memcpy(tried[count].arch, name, sizeof name);
        tried[count++].known = known;
    }
    return known;
}

static int ready_hiprtc(char *identity, size_t room, const char *arch, struct sb_error *err)
{
    const struct sb_gpu_rtc *rtc = NULL;
    int major = 0, minor = 0;
    const int code = open_hiprtc(&rtc, err);
    if (code != 0) {
        return code;
    }
    rtc->version(&major, &minor);
    Dl_info info = {0};
    dladdr(*(void *const *)&rtc->version, &info);
    const char *real = info.dli_fname ? realpath(info.dli_fname, NULL) : NULL;
    const char *slash = real ? strrchr(real, '/') : NULL;
    snprintf(identity, room, "hiprtc %d.%d (%.100s)", major, minor, slash ? slash + 1 : "");
    free((void *)(uintptr_t)real);
    return knows_arch(arch) ? 0 : sb_fail(err, SB_EABSENT, "%s does not know %s", identity, arch);
}

static const char *optimisation(const struct sb_source *source)
{
    return source->toggles & SB_TOGGLE_DEBUG         ? "g -O0"
           : source->toggles & SB_TOGGLE_UNOPTIMISED ? "O0"
                                                     : "O3";
}

static void hiprtc_flags(char *out, size_t room, const struct sb_source *source, const char *arch)
{
    char maths[160];
    maths_flags(maths, sizeof maths, source);
    snprintf(out, room, "--offload-arch=%s -std=c++17 -%s %s", arch, optimisation(source), maths);
}

static int compile_hiprtc(const struct sb_gpu_job *job, struct sb_error *err)
{
    /* hiprtc has its own declarations before any source; what a source includes for hipcc is empty here. */
    static const char *const headers[] = {"hip/hip_runtime.h", "\n", "cuda_runtime.h", "\n", NULL};
    const struct sb_gpu_rtc *rtc = NULL;
    const int code = open_hiprtc(&rtc, err);
    return code ? code : sb_gpu_rtc_compile(rtc, job, headers, err);
}

static const struct sb_gpu_compiler hiprtc_compiler = {
    .names_instances = true,
    .ready = ready_hiprtc,
    .flags = hiprtc_flags,
    .prelude = sb_hip_amd_prelude,
    .compile = compile_hiprtc,
};

/* clang: knows newer architectures, needs no library of AMD's for portable sources, and its headers for others. */

static int find_clang(char *out, size_t room, struct sb_error *err)
{
    static const char *const names[] = {"clang-22", "clang-21", "clang-20", "clang-19",
                                        "clang-18", "clang-17", "clang"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        if (sb_process_which(out, room, names[i], NULL) == 0) {
            return 0;
        }
    }
    return sb_fail(err, SB_EABSENT, "clang is not here (apt-get install clang-19 lld-19)");
}

static int ready_clang(char *identity, size_t room, const char *arch, struct sb_error *err)
{
    char path[512], cpu[80];
    struct sb_process_result result;
    int code = find_clang(path, sizeof path, err);
    snprintf(cpu, sizeof cpu, "-mcpu=%.*s", (int)strcspn(arch, ":"), arch);
    const char *const knows[] = {path,        "--target=amdgcn-amd-amdhsa",
                                 "-nogpulib", cpu,
                                 "-x",        "c",
                                 "-S",        "-o",
                                 "/dev/null", "/dev/null",
                                 NULL};
    code = code ? code : sb_process_run(&result, knows, 20, err);
    if (code != 0) {
        return code;
    }
    code =
        result.exit_status == 0 ? 0 : sb_fail(err, SB_EABSENT, "%s does not know %s", path, arch);
    sb_process_result_free(&result);
    code = code ? code
                : sb_process_run(&result, (const char *const[]){path, "--version", NULL}, 20, err);
    if (code == 0) {
        snprintf(identity, room, "%.*s", (int)strcspn(result.output, "\n"), result.output);
        sb_process_result_free(&result);
    }
    return code;
}

/* Elementary functions come from AMD's device library, where it has this architecture. */
static bool has_library(const char *arch)
{
    char path[200];
    snprintf(path, sizeof path, DEVICE_LIBRARIES "/oclc_isa_version_%.*s.bc",
             (int)strcspn(arch + 3, ":"), arch + 3);
    return access(path, R_OK) == 0;
}

static void clang_flags(char *out, size_t room, const struct sb_source *source, const char *arch)
{
    char maths[160];
    maths_flags(maths, sizeof maths, source);
    snprintf(out, room,
             "-x hip --offload-arch=%s --cuda-device-only --no-gpu-bundle-output -c -std=c++17 -%s "
             "%s %s%s",
             arch, optimisation(source), maths, is_portable(source) ? "-nogpuinc " : "",
             has_library(arch) ? "--rocm-device-lib-path=" DEVICE_LIBRARIES : "-nogpulib");
}

static const char *clang_prelude(const struct sb_source *source)
{
    static char text[4096];
    snprintf(text, sizeof text, "#include <hip/hip_runtime.h>\n%s", sb_hip_amd_prelude(source));
    return is_portable(source) ? "" : text;
}

static int compile_clang(const struct sb_gpu_job *job, struct sb_error *err)
{
    char path[512];
    int code = find_clang(path, sizeof path, err);
    code = code ? code : sb_gpu_tool_compile(path, job, ".hip", err);
    if (code != 0 && err && strstr(err->text, "'hip/hip_runtime.h' file not found")) {
        return sb_fail(err, SB_EABSENT, "%s needs HIP's headers (apt-get install libamdhip64-dev)",
                       job->what);
    }
    if (code != 0 && err && strstr(err->text, "undefined") &&
        (strstr(err->text, "__ocml_") || strstr(err->text, "__ockl_"))) {
        return sb_fail(
            err, SB_EABSENT,
            "%s needs AMD's device library for %s (apt-get install rocm-device-libs, of a version "
            "that has it)",
            job->what, job->arch);
    }
    return code;
}

static const struct sb_gpu_compiler clang_compiler = {
    .ready = ready_clang,
    .flags = clang_flags,
    .prelude = clang_prelude,
    .compile = compile_clang,
};

const struct sb_gpu_compiler *const sb_hip_amd_compilers[] = {&hiprtc_compiler, &clang_compiler,
                                                              NULL};

/* NVIDIA. */

static const char *nvidia_prelude(const struct sb_source *source)
{
    (void)source;
    return "#include <hip/hip_runtime.h>\n";
}

static int compile_on_nvidia(const struct sb_gpu_job *job, struct sb_error *err)
{
    const char *const headers[] = {"hip/hip_runtime.h", sb_hip_header("nvidia.h"), "cuda_runtime.h",
                                   "\n", NULL};
    return sb_nvrtc_compile_with(job, headers, err);
}

static const struct sb_gpu_compiler nvidia_compiler = {
    .names_instances = true,
    .ready = sb_nvrtc_ready,
    .flags = sb_nvrtc_flags,
    .prelude = nvidia_prelude,
    .compile = compile_on_nvidia,
};

const struct sb_gpu_compiler *const sb_hip_nvidia_compilers[] = {&nvidia_compiler, NULL};
