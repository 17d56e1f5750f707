/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of the OpenCL backend share: the loader's entry points, the open device, small helpers. */
#ifndef SB_OPENCL_H
#define SB_OPENCL_H

#include "backends/backend.h"

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

/* Every entry point used, once: the table is declared, filled and named from this list. */
#define SB_OPENCL_MAP(X)                                                                           \
    X(clGetPlatformIDs)                                                                            \
    X(clGetPlatformInfo)                                                                           \
    X(clGetDeviceIDs)                                                                              \
    X(clGetDeviceInfo)                                                                             \
    X(clCreateSubDevices)                                                                          \
    X(clCreateContext)                                                                             \
    X(clReleaseContext)                                                                            \
    X(clCreateCommandQueue)                                                                        \
    X(clReleaseCommandQueue)                                                                       \
    X(clCreateProgramWithSource)                                                                   \
    X(clBuildProgram)                                                                              \
    X(clGetProgramBuildInfo)                                                                       \
    X(clReleaseProgram)                                                                            \
    X(clCreateKernel)                                                                              \
    X(clGetKernelInfo)                                                                             \
    X(clGetKernelWorkGroupInfo)                                                                    \
    X(clSetKernelArg)                                                                              \
    X(clReleaseKernel)                                                                             \
    X(clCreateBuffer)                                                                              \
    X(clCreateSubBuffer)                                                                           \
    X(clReleaseMemObject)                                                                          \
    X(clEnqueueWriteBuffer)                                                                        \
    X(clEnqueueReadBuffer)                                                                         \
    X(clEnqueueNDRangeKernel)                                                                      \
    X(clFinish)                                                                                    \
    X(clGetEventInfo)                                                                              \
    X(clGetEventProfilingInfo)                                                                     \
    X(clReleaseEvent)

struct sb_opencl_api {
#define X(name) __typeof__(name) *name;
    SB_OPENCL_MAP(X)
#undef X
};
extern struct sb_opencl_api sb_cl;

/** Opens the ICD loader once; 0, or SB_EABSENT with what is missing. Sets POCL_CACHE_DIR before the first call. */
int sb_opencl_load_api(struct sb_error *err);
/** "CL_OUT_OF_RESOURCES"; "error -1234" for codes of no known name. */
const char *sb_opencl_error_name(cl_int code, char *room, size_t size);
/** Turns an OpenCL error into "<what>: CL_NAME" with SB_EDEVICE, SB_ENOMEM or SB_EABSENT; 0 for CL_SUCCESS. */
int sb_opencl_check(cl_int code, struct sb_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** Device number @p number, in the order of probe(). */
int sb_opencl_device(cl_platform_id *out_platform, cl_device_id *out, int number,
                     struct sb_error *err);
void sb_opencl_probe(struct sb_probe *out);

int sb_opencl_compile(struct sb_artifact *out, const struct sb_source *source,
                      struct sb_error *err);
/** The first lines of @p log that name an error, with file names completed by @p folder. */
void sb_opencl_excerpt(char *out, size_t room, const char *log, const char *folder);

/**
 * Elements that one work-item of a FILL_1D streams past a CPU's caches (SB_FILL_CHUNK in dialect/opencl.h): enough to
 * spread the fence at its end, a multiple of a line of any type.
 */
#define SB_OPENCL_CHUNK 4096
/** Whether KERNEL(@p function) in the program's @p text is made of FILL_1D and no other loop over the extent. */
bool sb_opencl_fills(const char *text, const char *function);

/** A function of the program. */
struct sb_opencl_kernel {
    char name[64];
    cl_kernel kernel;
    cl_uint arg_count;
    size_t group_limit; /* of this function, as it was compiled */
    size_t local[3];    /* of its first launch, for placement() */
    bool fills;         /* launched by SB_OPENCL_CHUNK elements per work-item */
};

/**
 * An array. Memory beside it holds a pattern that guard() looks for. On a device that works in the host's memory the
 * array lies in pages of ours (base), with unmapped pages around; elsewhere it is a sub-buffer of `whole`.
 */
struct sb_opencl_array {
    char name[64];
    size_t bytes;
    cl_mem mem, whole;
    unsigned char *base; /* start of the mapping, or NULL */
    size_t mapped_bytes;
};

struct sb_exec {
    cl_platform_id platform;
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    struct sb_opencl_kernel *kernel;
    int kernel_count;
    struct sb_opencl_array array[SB_MAX_ARRAYS];
    char name[128];
    size_t group_limit, size_limit[3]; /* of the device */
    cl_ulong local_bytes, allocation_limit;
    bool host_memory; /* the device works in the host's memory */
    bool flush_denormals;
    struct sb_beside beside;
    enum sb_precision precision;
    int index_bits;
    cl_event *event; /* of one repetition */
    int event_room;
};

int sb_opencl_allocate(struct sb_exec *exec, int index, const char *name, size_t bytes,
                       struct sb_error *err);
int sb_opencl_upload(struct sb_exec *exec, int index, const void *from, struct sb_error *err);
int sb_opencl_download(struct sb_exec *exec, int index, void *to, struct sb_error *err);
int sb_opencl_guard(struct sb_exec *exec, struct sb_error *err);
const char *sb_opencl_blame(const void *address);
void sb_opencl_free_arrays(struct sb_exec *exec);

/** One enqueue: a part of a launch whose global size is a multiple of its local size. */
struct sb_opencl_part {
    size_t offset[3], global[3], local[3];
};
/** Splits an EACH launch into at most two exact parts; returns how many. Exposed for its test. */
int sb_opencl_split(struct sb_opencl_part out[2], const struct sb_shape *shape, size_t group_limit,
                    const size_t size_limit[3]);
/** Notes the group size of a kernel's first launch, and refuses what the device cannot do before memory is taken. */
int sb_opencl_place(struct sb_exec *exec, struct sb_opencl_kernel *kernel,
                    const struct sb_launch_spec *launch, struct sb_error *err);
int sb_opencl_repeat(uint64_t *out_time_ns, struct sb_exec *exec,
                     const struct sb_launches *launches, struct sb_error *err);

#endif
