/* SPDX-License-Identifier: Apache-2.0 */
/* HIP's runtime on AMD's GPUs, declared as far as it is used (hip_runtime_api.h of HIP 5 and 6). hipDeviceProp_t is not:
 * it has another size in every major version. */
#include "backends/hip/hip.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    int (*init)(unsigned flags);
    int (*version)(int *out);
    const char *(*error_name)(int code);
    int (*device_set)(int device);
    int (*properties)(void *out, int device);
} hip;
static struct sb_gpu_api api;

static const struct {
    const char *name;
    void *slot;
} symbols[] = {
    {"hipInit", &hip.init},
    {"hipRuntimeGetVersion", &hip.version},
    {"hipGetErrorName", &hip.error_name},
    {"hipSetDevice", &hip.device_set},
    {"hipGetDeviceCount", &api.device_count},
    {"hipDeviceGetName", &api.device_name},
    {"hipDeviceTotalMem", &api.device_memory},
    {"hipDeviceGetAttribute", &api.device_attribute},
    {"hipMemGetInfo", &api.memory_info},
    {"hipMalloc", &api.memory_allocate},
    {"hipFree", &api.memory_free},
    {"hipHostMalloc", &api.host_allocate},
    {"hipHostFree", &api.host_free},
    {"hipMemcpyHtoDAsync", &api.copy_to},
    {"hipMemcpyDtoHAsync", &api.copy_from},
    {"hipMemsetD32Async", &api.fill_words},
    {"hipStreamCreateWithFlags", &api.stream_create},
    {"hipStreamSynchronize", &api.stream_wait},
    {"hipStreamDestroy", &api.stream_destroy},
    {"hipEventCreateWithFlags", &api.event_create},
    {"hipEventRecord", &api.event_record},
    {"hipEventSynchronize", &api.event_wait},
    {"hipEventElapsedTime", &api.event_elapsed},
    {"hipEventDestroy", &api.event_destroy},
    {"hipModuleLoadData", &api.module_load},
    {"hipModuleUnload", &api.module_unload},
    {"hipModuleGetFunction", &api.module_function},
    {"hipFuncGetAttribute", &api.function_attribute},
    {"hipModuleLaunchKernel", &api.launch},
};

static int context_open(int device)
{
    return hip.device_set(device);
}

static int context_close(int device)
{
    (void)device;
    return 0; /* the primary context lives as long as the process */
}

/* gcnArchName is the one text in hipDeviceProp_t that begins with "gfx"; its place differs between versions. */
static int device_target(char *out, size_t room, int device)
{
    static unsigned char properties[16384];
    memset(properties, 0, sizeof properties);
    const int code = hip.properties(properties, device);
    const char *name = code ? NULL : memmem(properties, sizeof properties - 64, "gfx", 3);
    snprintf(out, room, "%.*s", name ? (int)strcspn(name, ":") : 3, name ? name : "gfx");
    return code;
}

static void fill_constants(void)
{
    static const int attributes[SB_GPU_ATTRIBUTES] = {
        /* hipDeviceAttribute_t of HIP 5 and 6 */
        [SB_GPU_THREADS_OF_BLOCK] = 56,
        [SB_GPU_BLOCK_X] = 26,
        [SB_GPU_BLOCK_Y] = 27,
        [SB_GPU_BLOCK_Z] = 28,
        [SB_GPU_GRID_X] = 29,
        [SB_GPU_GRID_Y] = 30,
        [SB_GPU_GRID_Z] = 31,
        [SB_GPU_SHARED_OF_BLOCK] = 74,
        [SB_GPU_CORES] = 63,
        [SB_GPU_CACHE] = 19,
        [SB_GPU_SHARED_MOST] = -1,
    };
    memcpy(api.attribute, attributes, sizeof attributes);
    api.driver = "AMD's HIP runtime";
    api.error_name = hip.error_name;
    api.device_target = device_target;
    api.context_open = context_open;
    api.context_close = context_close;
}

static void *open_runtime(char *reason, size_t room)
{
    static const char *const names[] = {"libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5",
                                        "/opt/rocm/lib/libamdhip64.so"};
    const char *asked = getenv("SWITCHBENCH_HIP_DRIVER");
    void *library = NULL;
    if (asked && *asked) {
        library = dlopen(asked, RTLD_NOW | RTLD_GLOBAL);
        snprintf(reason, room, "%s", library ? "" : dlerror());
        return library;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names && !library; ++i) {
        library = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
        if (!library) {
            snprintf(reason, room, "%s", dlerror());
        }
    }
    return library;
}

static int load(struct sb_error *err)
{
    char reason[300];
    void *library = open_runtime(reason, sizeof reason);
    if (!library) {
        return sb_fail(err, SB_ENOTFOUND, "there is no HIP runtime (%s)", reason);
    }
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; ++i) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol) {
            return sb_fail(err, SB_EABSENT, "libamdhip64 lacks %s: is it of HIP 5 or newer?",
                           symbols[i].name);
        }
        memcpy(symbols[i].slot, &symbol,
               sizeof symbol); /* POSIX: a data pointer from dlsym may be a function's */
    }
    void *properties = dlsym(library, "hipGetDevicePropertiesR0600");
    properties = properties ? properties : dlsym(library, "hipGetDeviceProperties");
    if (!properties) {
        return sb_fail(err, SB_EABSENT,
                       "libamdhip64 lacks hipGetDeviceProperties: is it of HIP 5 or newer?");
    }
    memcpy(&hip.properties, &properties, sizeof properties);
    fill_constants();
    const int code = hip.init(0);
    hip.version(&api.version);
    snprintf(api.version_text, sizeof api.version_text, "HIP %d.%d", api.version / 10000000,
             api.version / 100000 % 100);
    return sb_gpu_started(&api, code, err);
}

int sb_hip_driver(const struct sb_gpu_api **out, struct sb_error *err)
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
