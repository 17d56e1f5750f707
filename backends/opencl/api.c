/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/opencl/opencl.h"
#include "harness/util/fs.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct sb_opencl_api sb_cl;

/* PoCL would otherwise keep its compiled kernels in the user's home, where other programs' runs make ours warm. It
 * reads the variable once, at the first call of any entry point. */
static void choose_cache(void)
{
    char folder[1024];
    if (sb_fs_cache(folder, sizeof folder, "pocl", NULL) == 0) {
        setenv("POCL_CACHE_DIR", folder, 1);
    }
}

/*
 * The cpu backend binds its threads, so PoCL's workers are bound too: what is compared is not placement. PoCL can bind
 * worker i to CPU i, which is right only where the CPUs we may use are the first ones.
 */
static void bind_workers(void)
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return;
    }
    const int count = CPU_COUNT(&allowed);
    for (int cpu = 0; cpu < count; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed)) {
            return;
        }
    }
    setenv("POCL_AFFINITY", "1", 1);
}

int sb_opencl_load_api(struct sb_error *err)
{
    static void *library;
    if (library) {
        return 0;
    }
    choose_cache();
    bind_workers();
    void *opened = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!opened) {
        return sb_fail(err, SB_EABSENT, "there is no OpenCL loader (%s)", dlerror());
    }
#define X(name)                                                                                    \
    *(void **)&sb_cl.name = dlsym(opened, #name);                                                  \
    if (!sb_cl.name) {                                                                             \
        dlclose(opened);                                                                           \
        return sb_fail(err, SB_EABSENT, "the OpenCL loader lacks %s (older than OpenCL 1.2)",      \
                       #name);                                                                     \
    }
    SB_OPENCL_MAP(X)
#undef X
    library = opened;
    return 0;
}

/* clang-format off */
#define SB_OPENCL_ERRORS(X) \
    X(CL_DEVICE_NOT_FOUND) \
    X(CL_DEVICE_NOT_AVAILABLE) \
    X(CL_COMPILER_NOT_AVAILABLE) \
    X(CL_MEM_OBJECT_ALLOCATION_FAILURE) \
    X(CL_OUT_OF_RESOURCES) \
    X(CL_OUT_OF_HOST_MEMORY) \
    X(CL_PROFILING_INFO_NOT_AVAILABLE) \
    X(CL_MEM_COPY_OVERLAP) \
    X(CL_BUILD_PROGRAM_FAILURE) \
    X(CL_MAP_FAILURE) \
    X(CL_MISALIGNED_SUB_BUFFER_OFFSET) \
    X(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST) \
    X(CL_COMPILE_PROGRAM_FAILURE) \
    X(CL_LINKER_NOT_AVAILABLE) \
    X(CL_LINK_PROGRAM_FAILURE) \
    X(CL_KERNEL_ARG_INFO_NOT_AVAILABLE) \
    X(CL_INVALID_VALUE) \
    X(CL_INVALID_DEVICE_TYPE) \
    X(CL_INVALID_PLATFORM) \
    X(CL_INVALID_DEVICE) \
    X(CL_INVALID_CONTEXT) \
    X(CL_INVALID_QUEUE_PROPERTIES) \
    X(CL_INVALID_COMMAND_QUEUE) \
    X(CL_INVALID_HOST_PTR) \
    X(CL_INVALID_MEM_OBJECT) \
    X(CL_INVALID_BINARY) \
    X(CL_INVALID_BUILD_OPTIONS) \
    X(CL_INVALID_PROGRAM) \
    X(CL_INVALID_PROGRAM_EXECUTABLE) \
    X(CL_INVALID_KERNEL_NAME) \
    X(CL_INVALID_KERNEL_DEFINITION) \
    X(CL_INVALID_KERNEL) \
    X(CL_INVALID_ARG_INDEX) \
    X(CL_INVALID_ARG_VALUE) \
    X(CL_INVALID_ARG_SIZE) \
    X(CL_INVALID_KERNEL_ARGS) \
    X(CL_INVALID_WORK_DIMENSION) \
    X(CL_INVALID_WORK_GROUP_SIZE) \
    X(CL_INVALID_WORK_ITEM_SIZE) \
    X(CL_INVALID_GLOBAL_OFFSET) \
    X(CL_INVALID_EVENT_WAIT_LIST) \
    X(CL_INVALID_EVENT) \
    X(CL_INVALID_OPERATION) \
    X(CL_INVALID_BUFFER_SIZE) \
    X(CL_INVALID_GLOBAL_WORK_SIZE) \
    X(CL_INVALID_PROPERTY) \
    X(CL_INVALID_COMPILER_OPTIONS) \
    X(CL_INVALID_LINKER_OPTIONS)
/* clang-format on */

const char *sb_opencl_error_name(cl_int code, char *room, size_t size)
{
    switch (code) {
#define X(name)                                                                                    \
    case name:                                                                                     \
        return #name;
        SB_OPENCL_ERRORS(X)
#undef X
    case -1001: /* cl_khr_icd's CL_PLATFORM_NOT_FOUND_KHR, which cl.h does not have */
        return "CL_PLATFORM_NOT_FOUND_KHR";
    default:
        snprintf(room, size, "error %d", code);
        return room;
    }
}

static int code_of(cl_int code)
{
    switch (code) {
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
    case CL_OUT_OF_HOST_MEMORY:
        return SB_ENOMEM;
    case CL_DEVICE_NOT_AVAILABLE:
    case CL_COMPILER_NOT_AVAILABLE:
    case CL_LINKER_NOT_AVAILABLE:
        return SB_EABSENT;
    default:
        return SB_EDEVICE;
    }
}

int sb_opencl_check(cl_int code, struct sb_error *err, const char *fmt, ...)
{
    if (code == CL_SUCCESS) {
        return 0;
    }
    char what[512], room[32];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return sb_fail(err, code_of(code), "opencl: %s: %s", what,
                   sb_opencl_error_name(code, room, sizeof room));
}
