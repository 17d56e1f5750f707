/* SPDX-License-Identifier: Apache-2.0 */
/* CUDA's driver API. The entry points are declared here as far as they are used (cuda.h of CUDA 11 to 13); CUdeviceptr is
 * as wide as a pointer, CUdevice an int, every handle a pointer. */
#include "backends/cuda/cuda.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OLDEST 11000 /* 11.0: sm_80, and every entry point below */

static struct {
    int (*init)(unsigned flags);
    int (*version)(int *out);
    int (*error_name)(int code, const char **out);
    int (*context_retain)(void **out, int device);
    int (*context_release)(int device);
    int (*context_set)(void *context);
} cu;
static struct sb_gpu_api api;

static const struct {
    const char *name;
    void *slot;
} symbols[] = {
    {"cuInit", &cu.init},
    {"cuDriverGetVersion", &cu.version},
    {"cuGetErrorName", &cu.error_name},
    {"cuDevicePrimaryCtxRetain", &cu.context_retain},
    {"cuDevicePrimaryCtxRelease_v2", &cu.context_release},
    {"cuCtxSetCurrent", &cu.context_set},
    {"cuDeviceGetCount", &api.device_count},
    {"cuDeviceGetName", &api.device_name},
    {"cuDeviceTotalMem_v2", &api.device_memory},
    {"cuDeviceGetAttribute", &api.device_attribute},
    {"cuMemGetInfo_v2", &api.memory_info},
    {"cuMemAlloc_v2", &api.memory_allocate},
    {"cuMemFree_v2", &api.memory_free},
    {"cuMemHostAlloc", &api.host_allocate},
    {"cuMemFreeHost", &api.host_free},
    {"cuMemcpyHtoDAsync_v2", &api.copy_to},
    {"cuMemcpyDtoHAsync_v2", &api.copy_from},
    {"cuMemsetD32Async", &api.fill_words},
    {"cuStreamCreate", &api.stream_create},
    {"cuStreamSynchronize", &api.stream_wait},
    {"cuStreamDestroy_v2", &api.stream_destroy},
    {"cuEventCreate", &api.event_create},
    {"cuEventRecord", &api.event_record},
    {"cuEventSynchronize", &api.event_wait},
    {"cuEventElapsedTime", &api.event_elapsed},
    {"cuEventDestroy_v2", &api.event_destroy},
    {"cuModuleLoadData", &api.module_load},
    {"cuModuleUnload", &api.module_unload},
    {"cuModuleGetFunction", &api.module_function},
    {"cuFuncGetAttribute", &api.function_attribute},
    {"cuFuncSetAttribute", &api.function_allow},
    {"cuLaunchKernel", &api.launch},
};

static const char *error_name(int code)
{
    const char *name = NULL;
    return cu.error_name(code, &name) == 0 ? name : NULL;
}

static int device_target(char *out, size_t room, int device)
{
    enum { MAJOR = 75, MINOR = 76 }; /* CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_… */
    int major = 0, minor = 0;
    const int code = api.device_attribute(&major, MAJOR, device);
    const int again = api.device_attribute(&minor, MINOR, device);
    snprintf(out, room, "sm_%d%d", major, minor);
    return code ? code : again;
}

/* The primary context: the one that cuBLAS and cuFFT work in, too. */
static int context_open(int device)
{
    void *context = NULL;
    const int code = cu.context_retain(&context, device);
    return code ? code : cu.context_set(context);
}

static int context_close(int device)
{
    cu.context_set(NULL);
    return cu.context_release(device);
}

static void fill_constants(void)
{
    static const int attributes[SB_GPU_ATTRIBUTES] = {
        /* CUdevice_attribute */
        [SB_GPU_THREADS_OF_BLOCK] = 1, [SB_GPU_BLOCK_X] = 2,         [SB_GPU_BLOCK_Y] = 3,
        [SB_GPU_BLOCK_Z] = 4,          [SB_GPU_GRID_X] = 5,          [SB_GPU_GRID_Y] = 6,
        [SB_GPU_GRID_Z] = 7,           [SB_GPU_SHARED_OF_BLOCK] = 8, [SB_GPU_CORES] = 16,
        [SB_GPU_CACHE] = 38,           [SB_GPU_SHARED_MOST] = 97,
    };
    memcpy(api.attribute, attributes, sizeof attributes);
    api.driver = "the NVIDIA driver";
    api.error_name = error_name;
    api.device_target = device_target;
    api.context_open = context_open;
    api.context_close = context_close;
}

/* In containers the driver's library is mounted beside the loader's path. */
static void *open_driver(char *reason, size_t room)
{
    static const char *const names[] = {"libcuda.so.1", "/usr/local/nvidia/lib64/libcuda.so.1",
                                        "/usr/lib/wsl/lib/libcuda.so.1",
                                        "/run/opengl-driver/lib/libcuda.so.1"};
    const char *asked = getenv("SWITCHBENCH_CUDA_DRIVER");
    void *library = NULL;
    if (asked && *asked) {
        library = dlopen(asked, RTLD_NOW | RTLD_GLOBAL);
        snprintf(reason, room, "%s", library ? "" : dlerror());
        return library;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names && !library; ++i) {
        library = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
        if (i == 0 && !library) {
            snprintf(reason, room, "%s", dlerror());
        }
    }
    return library;
}

static int load(struct sb_error *err)
{
    char reason[300];
    void *library = open_driver(reason, sizeof reason);
    if (!library) {
        return sb_fail(err, SB_ENOTFOUND, "there is no NVIDIA driver (%s)", reason);
    }
    void *version = dlsym(library, "cuDriverGetVersion");
    memcpy(&cu.version, &version, sizeof version);
    int number = 0;
    if (cu.version && cu.version(&number) == 0 && number < OLDEST) {
        return sb_fail(err, SB_EABSENT,
                       "the NVIDIA driver is of CUDA %d.%d; %d.%d or newer is needed",
                       number / 1000, number % 1000 / 10, OLDEST / 1000, OLDEST % 1000 / 10);
    }
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; ++i) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol) {
            return sb_fail(err, SB_EABSENT,
                           "libcuda.so.1 lacks %s: is it a driver of CUDA %d.%d or newer?",
                           symbols[i].name, OLDEST / 1000, OLDEST % 1000 / 10);
        }
        memcpy(symbols[i].slot, &symbol,
               sizeof symbol); /* POSIX: a data pointer from dlsym may be a function's */
    }
    fill_constants();
    api.version = number;
    snprintf(api.version_text, sizeof api.version_text, "CUDA %d.%d", number / 1000,
             number % 1000 / 10);
    const int code = cu.init(0);
    return sb_gpu_started(&api, code, err);
}

int sb_cuda_driver(const struct sb_gpu_api **out, struct sb_error *err)
{
    static bool loaded, failed;
    static struct sb_error why;
    if (!loaded && !failed) {
        failed = load(&why) != 0;
        loaded = !failed;
    }
    *out = &api;
    return failed ? sb_fail(err, why.code, "%s", why.text) : 0;
}
