/* SPDX-License-Identifier: Apache-2.0 */
/* HIP: AMD's GPUs through their runtime; where there is none but NVIDIA's driver has a device, that one, with HIP's names
 * mapped onto CUDA's. */
#include "backends/cuda/cuda.h"
#include "backends/hip/hip.h"

#include <stdio.h>
#include <string.h>

static const struct sb_gpu_compiler *const *compilers(const char *arch)
{
    return sb_hip_is_arch(arch)    ? sb_hip_amd_compilers
           : sb_cuda_is_arch(arch) ? sb_hip_nvidia_compilers
                                   : NULL;
}

/* AMD's code runs on the very architecture, its features aside. */
static bool runs(const char *arch, const char *device)
{
    const size_t length = strcspn(arch, ":");
    return sb_cuda_runs(arch, device) ||
           (length == strcspn(device, ":") && strncmp(arch, device, length) == 0);
}

static const struct sb_gpu_platform amd = {
    .name = "hip",
    .driver = sb_hip_driver,
    .remedy = "install AMD's driver and HIP's runtime (libamdhip64), or NVIDIA's driver",
    .compilers = compilers,
    .runs = runs,
};
static const struct sb_gpu_platform nvidia = {
    .name = "hip",
    .driver = sb_cuda_driver,
    .remedy = "install NVIDIA's driver",
    .compilers = compilers,
    .runs = runs,
};

/* NVIDIA only where it has a device and AMD has none: what is missing is said in AMD's words. */
static const struct sb_gpu_platform *platform(void)
{
    static const struct sb_gpu_platform *chosen;
    if (!chosen) {
        const struct sb_gpu_api *api = NULL;
        int count = 0;
        chosen = &amd;
        if ((sb_hip_driver(&api, NULL) != 0 || api->device_count(&count) != 0 || count == 0) &&
            sb_cuda_driver(&api, NULL) == 0 && api->device_count(&count) == 0 && count > 0) {
            chosen = &nvidia;
        }
    }
    return chosen;
}

static void probe(struct sb_probe *out)
{
    sb_gpu_probe(platform(), out);
    for (int i = 0; i < out->count && platform() == &nvidia; ++i) {
        char driver[sizeof out->device[i].driver];
        snprintf(driver, sizeof driver, "HIP on NVIDIA, %.100s", out->device[i].driver);
        memcpy(out->device[i].driver, driver, sizeof driver);
    }
}

static enum sb_target_state target(const char *name, char *reason, size_t room)
{
    return sb_gpu_target(&amd, name, reason, room);
}

static void typical(struct sb_machine *out, const char *target_name)
{
    static const struct {
        const char *target;
        int cores;
        double cache_bytes;
    } sheets[] = {
        /* compute units and L2 of one die, AMD's CDNA 2 and CDNA 3 white papers: MI250X, MI300X */
        {"gfx90a", 110, 8 << 20},
        {"gfx942", 304, 4 << 20},
    };
    sb_cuda_typical(out, target_name);
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; ++i) {
        if (strcmp(sheets[i].target, target_name) == 0) {
            out->cores = sheets[i].cores;
            out->cache_bytes = sheets[i].cache_bytes;
        }
    }
}

static int device(struct sb_device *out, const char *name, struct sb_error *err)
{
    return sb_gpu_device(platform(), out, name, err);
}

static int compile(struct sb_artifact *out, const struct sb_source *source, struct sb_error *err)
{
    return sb_gpu_compile(platform(), out, source, err);
}

static int open_device(struct sb_exec **out, const struct sb_exec_options *options,
                       struct sb_error *err)
{
    return sb_gpu_open(platform(), out, options, err);
}

static const char *const targets[] = {"gfx90a", "gfx942", NULL};

extern const struct sb_backend sb_backend_hip;
const struct sb_backend sb_backend_hip = {
    .name = "hip",
    .title = "HIP: AMD GPUs, compiled by hiprtc or clang, and NVIDIA's through CUDA's driver",
    .toggles = SB_GPU_TOGGLES,
    .beside = true,
    .probe = probe,
    .targets = targets,
    .target = target,
    .typical = typical,
    .device = device,
    .compile = compile,
    .inspect = sb_gpu_inspect,
    .open = open_device,
    .load = sb_gpu_load,
    .allocate = sb_gpu_allocate,
    .upload = sb_gpu_upload,
    .download = sb_gpu_download,
    .repeat = sb_gpu_repeat,
    .guard = sb_gpu_guard,
    .placement = sb_gpu_placement,
    .close = sb_gpu_close,
};
