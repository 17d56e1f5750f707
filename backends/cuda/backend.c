/* SPDX-License-Identifier: Apache-2.0 */
/* NVIDIA GPUs: CUDA's driver API and NVRTC, fed to the driver that all GPUs share. */
#include "backends/cuda/cuda.h"

static const struct sb_gpu_compiler *const *compilers(const char *arch)
{
    return sb_cuda_is_arch(arch) ? sb_cuda_compilers : NULL;
}

static const struct sb_gpu_platform platform = {
    .name = "cuda",
    .driver = sb_cuda_driver,
    .remedy = "install NVIDIA's driver",
    .compilers = compilers,
    .runs = sb_cuda_runs,
};

static void probe(struct sb_probe *out)
{
    sb_gpu_probe(&platform, out);
}

static enum sb_target_state target(const char *name, char *reason, size_t room)
{
    return sb_gpu_target(&platform, name, reason, room);
}

static int device(struct sb_device *out, const char *name, struct sb_error *err)
{
    return sb_gpu_device(&platform, out, name, err);
}

static int compile(struct sb_artifact *out, const struct sb_source *source, struct sb_error *err)
{
    return sb_gpu_compile(&platform, out, source, err);
}

static int open_device(struct sb_exec **out, const struct sb_exec_options *options,
                       struct sb_error *err)
{
    return sb_gpu_open(&platform, out, options, err);
}

extern const struct sb_backend sb_backend_cuda;
const struct sb_backend sb_backend_cuda = {
    .name = "cuda",
    .title = "CUDA: NVIDIA GPUs, compiled by NVRTC or nvcc",
    .toggles = SB_GPU_TOGGLES,
    .beside = true,
    .targets = sb_cuda_targets,
    .typical = sb_cuda_typical,
    .probe = probe,
    .target = target,
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
    .library = sb_cuda_open,
    .close = sb_gpu_close,
};
