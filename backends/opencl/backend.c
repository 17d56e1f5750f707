/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenCL backend: any device behind the ICD loader; PoCL is the one that every machine can have. */
#include "backends/opencl/opencl.h"
#include "harness/util/fs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_limits(struct sb_exec *exec)
{
    const cl_device_id id = exec->device;
    cl_device_type type = 0;
    cl_bool unified = CL_FALSE;
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_NAME, sizeof exec->name - 1, exec->name, NULL);
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof unified, &unified, NULL);
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof exec->group_limit,
                          &exec->group_limit, NULL);
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof exec->size_limit,
                          exec->size_limit, NULL);
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof exec->local_bytes,
                          &exec->local_bytes, NULL);
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof exec->allocation_limit,
                          &exec->allocation_limit, NULL);
    /* Exactly a CPU: Oclgrind calls itself every type at once, and copies. */
    exec->host_memory =
        (type & ~(cl_device_type)CL_DEVICE_TYPE_DEFAULT) == CL_DEVICE_TYPE_CPU && unified;
}

static void close_exec(struct sb_exec *exec)
{
    if (!exec) {
        return;
    }
    sb_opencl_free_arrays(exec);
    for (int i = 0; i < exec->kernel_count; ++i) {
        if (exec->kernel[i].kernel) {
            sb_cl.clReleaseKernel(exec->kernel[i].kernel);
        }
    }
    free(exec->kernel);
    free(exec->event);
    if (exec->program) {
        sb_cl.clReleaseProgram(exec->program);
    }
    if (exec->queue) {
        sb_cl.clReleaseCommandQueue(exec->queue);
    }
    if (exec->context) {
        sb_cl.clReleaseContext(exec->context);
    }
    free(exec);
}

/* One compute unit alone, so that groups run one after the other. */
static int take_one_unit(struct sb_exec *exec, struct sb_error *err)
{
    cl_uint count = 0;
    cl_device_id first[1];
    cl_uint units = 0;
    sb_cl.clGetDeviceInfo(exec->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    if (units == 1) {
        return 0;
    }
    const cl_device_partition_property counts[] = {CL_DEVICE_PARTITION_BY_COUNTS, 1,
                                                   CL_DEVICE_PARTITION_BY_COUNTS_LIST_END, 0};
    if (sb_cl.clCreateSubDevices(exec->device, counts, 1, first, &count) != CL_SUCCESS) {
        return sb_fail(err, SB_EABSENT, "opencl: device '%s' cannot be held to one compute unit",
                       exec->name);
    }
    exec->device = first[0];
    return 0;
}

static int open_exec(struct sb_exec **out, const struct sb_exec_options *options,
                     struct sb_error *err)
{
    *out = NULL;
    struct sb_exec *exec = calloc(1, sizeof *exec);
    if (!exec) {
        return sb_fail(err, SB_ENOMEM, "opencl: out of memory");
    }
    int status = sb_opencl_device(&exec->platform, &exec->device, options->device, err);
    if (status) {
        free(exec);
        return status;
    }
    read_limits(exec);
    exec->flush_denormals = options->flush_denormals;
    exec->beside = options->beside;
    status = options->toggles & SB_TOGGLE_SEQUENTIAL ? take_one_unit(exec, err) : 0;
    if (status) {
        close_exec(exec);
        return status;
    }
    const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM,
                                                (cl_context_properties)exec->platform, 0};
    cl_int code = CL_SUCCESS;
    exec->context = sb_cl.clCreateContext(properties, 1, &exec->device, NULL, NULL, &code);
    if (code == CL_SUCCESS) {
        exec->queue = sb_cl.clCreateCommandQueue(exec->context, exec->device,
                                                 CL_QUEUE_PROFILING_ENABLE, &code);
    }
    status = sb_opencl_check(code, err, "opening device %d ('%s')", options->device, exec->name);
    if (status) {
        close_exec(exec);
        return status;
    }
    *out = exec;
    return 0;
}

static int check_arithmetic(const struct sb_exec *exec, const struct sb_case *c,
                            struct sb_error *err)
{
    cl_device_fp_config config = 0;
    if (c->precision == SB_DOUBLE) {
        sb_cl.clGetDeviceInfo(exec->device, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof config, &config,
                              NULL);
        return config ? 0
                      : sb_fail(err, SB_EABSENT, "opencl: device '%s' has no double precision",
                                exec->name);
    }
    sb_cl.clGetDeviceInfo(exec->device, CL_DEVICE_SINGLE_FP_CONFIG, sizeof config, &config, NULL);
    if (c->maths == SB_STRICT && !(config & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT)) {
        return sb_fail(err, SB_EABSENT,
                       "opencl: device '%s' does not round float division and root correctly, as "
                       "strict maths needs",
                       exec->name);
    }
    return 0;
}

static int explain_build(struct sb_exec *exec, cl_int code, const struct sb_source *source,
                         struct sb_error *err)
{
    size_t length = 0;
    sb_cl.clGetProgramBuildInfo(exec->program, exec->device, CL_PROGRAM_BUILD_LOG, 0, NULL,
                                &length);
    char *log = calloc(1, length + 1);
    if (log) {
        sb_cl.clGetProgramBuildInfo(exec->program, exec->device, CL_PROGRAM_BUILD_LOG, length, log,
                                    NULL);
    }
    if (!log || strlen(log) < 2) {
        free(log);
        sb_opencl_check(code, err, "'%s' could not compile %s and gives no message", exec->name,
                        source->file);
        return err ? err->code = SB_ECOMPILE : SB_ECOMPILE;
    }
    char excerpt[3500];
    sb_opencl_excerpt(excerpt, sizeof excerpt, log, source->folder);
    free(log);
    return sb_fail(err, SB_ECOMPILE, "%s", excerpt);
}

/* host_memory says that it is a CPU: the caches, the lines and the stores that FILL_1D streams with are a CPU's. */
static bool streams(const struct sb_exec *exec, const struct sb_source *source)
{
    return source->stream_stores && exec->host_memory;
}

static int build(struct sb_exec *exec, const struct sb_artifact *artifact, const char *text,
                 const struct sb_source *source, struct sb_error *err)
{
    char flags[sizeof artifact->flags + 64];
    int used = snprintf(flags, sizeof flags, "%s%s", artifact->flags,
                        exec->flush_denormals ? " -cl-denorms-are-zero" : "");
    if (streams(exec, source)) {
        snprintf(flags + used, sizeof flags - (size_t)used, " -DSB_FILL_CHUNK=%d", SB_OPENCL_CHUNK);
    }
    cl_int code = CL_SUCCESS;
    exec->program = sb_cl.clCreateProgramWithSource(exec->context, 1, &text, NULL, &code);
    int status = sb_opencl_check(code, err, "reading %s", artifact->path);
    if (status == 0) {
        code = sb_cl.clBuildProgram(exec->program, 1, &exec->device, flags, NULL, NULL);
        status = code == CL_SUCCESS ? 0 : explain_build(exec, code, source, err);
    }
    return status;
}

/* Makes the function of @p launch ready, unless it is, and checks what the source and the host side say of it. */
static int add_kernel(struct sb_exec *exec, const struct sb_launch_spec *launch, const char *text,
                      const struct sb_source *source, struct sb_error *err)
{
    struct sb_opencl_kernel *kernel = NULL;
    for (int i = 0; i < exec->kernel_count && !kernel; ++i) {
        kernel = strcmp(exec->kernel[i].name, launch->function) == 0 ? &exec->kernel[i] : NULL;
    }
    if (!kernel) {
        kernel = &exec->kernel[exec->kernel_count];
        snprintf(kernel->name, sizeof kernel->name, "%s", launch->function);
        char full[sizeof kernel->name + 4];
        snprintf(full, sizeof full, "sb_%s", launch->function); /* as dialect/opencl.h names it */
        cl_int code = CL_SUCCESS;
        kernel->kernel = sb_cl.clCreateKernel(exec->program, full, &code);
        if (code == CL_INVALID_KERNEL_NAME) { /* a native source has names of its own */
            kernel->kernel = sb_cl.clCreateKernel(exec->program, launch->function, &code);
        }
        if (code == CL_INVALID_KERNEL_NAME) {
            return sb_fail(err, SB_ECOMPILE, "%s has no KERNEL(%s), which the repetition launches",
                           source->file, launch->function);
        }
        const int status = sb_opencl_check(code, err, "making '%s' ready", launch->function);
        if (status) {
            return status;
        }
        ++exec->kernel_count;
        kernel->fills = streams(exec, source) && sb_opencl_fills(text, launch->function);
        sb_cl.clGetKernelInfo(kernel->kernel, CL_KERNEL_NUM_ARGS, sizeof kernel->arg_count,
                              &kernel->arg_count, NULL);
        sb_cl.clGetKernelWorkGroupInfo(kernel->kernel, exec->device, CL_KERNEL_WORK_GROUP_SIZE,
                                       sizeof kernel->group_limit, &kernel->group_limit, NULL);
    }
    if (kernel->arg_count != (cl_uint)launch->arg_count) {
        return sb_fail(err, SB_ECOMPILE, "%s: '%s' takes %u arguments, the launch gives %d",
                       source->file, kernel->name, kernel->arg_count, launch->arg_count);
    }
    cl_ulong local = 0;
    sb_cl.clGetKernelWorkGroupInfo(kernel->kernel, exec->device, CL_KERNEL_LOCAL_MEM_SIZE,
                                   sizeof local, &local, NULL);
    if (local > exec->local_bytes) {
        return sb_fail(err, SB_EABSENT,
                       "opencl: '%s' shares %" PRIu64 " bytes in a block, device '%s' has %" PRIu64,
                       kernel->name, (uint64_t)local, exec->name, (uint64_t)exec->local_bytes);
    }
    return sb_opencl_place(exec, kernel, launch, err);
}

static int load(struct sb_exec *exec, const struct sb_artifact *artifact,
                const struct sb_source *source, struct sb_error *err)
{
    exec->precision = source->c->precision;
    exec->index_bits = source->c->index_bits;
    const struct sb_launches *launches = source->launches;
    exec->kernel = calloc((size_t)launches->count + 1, sizeof *exec->kernel);
    if (!exec->kernel) {
        return sb_fail(err, SB_ENOMEM, "opencl: out of memory");
    }
    char *text = NULL;
    size_t length = 0;
    int status = check_arithmetic(exec, source->c, err);
    if (status == 0) {
        status = sb_fs_read(&text, &length, artifact->path, err);
    }
    if (status == 0) {
        status = build(exec, artifact, text, source, err);
    }
    for (int i = 0; i < launches->count && status == 0; ++i) {
        status = add_kernel(exec, &launches->spec[i], text, source, err);
    }
    free(text);
    return status;
}

static void placement(const struct sb_exec *exec, char *out, size_t room)
{
    cl_uint units = 0;
    sb_cl.clGetDeviceInfo(exec->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    int used = snprintf(out, room, "%u compute units of '%s', %s memory%s; groups", units,
                        exec->name, exec->host_memory ? "host" : "device",
                        exec->flush_denormals ? ", subnormals are zero" : "");
    for (int i = 0; i < exec->kernel_count && used > 0 && (size_t)used < room; ++i) {
        const struct sb_opencl_kernel *kernel = &exec->kernel[i];
        used += snprintf(out + used, room - (size_t)used, "%s %s %zux%zux%zu", i ? "," : "",
                         kernel->name, kernel->local[0], kernel->local[1], kernel->local[2]);
    }
}

extern const struct sb_backend sb_backend_opencl;
const struct sb_backend sb_backend_opencl = {
    .name = "opencl",
    .title = "OpenCL C 1.2 through the ICD loader (PoCL on CPUs, vendors' drivers on GPUs)",
    .toggles = SB_TOGGLE_UNOPTIMISED | SB_TOGGLE_NO_CONTRACT | SB_TOGGLE_KEEP_DENORMALS |
               SB_TOGGLE_SEQUENTIAL | SB_TOGGLE_REVERSED | SB_TOGGLE_BARRIERS | SB_TOGGLE_DEBUG,
    .beside = true,
    .probe = sb_opencl_probe,
    .compile = sb_opencl_compile,
    .open = open_exec,
    .load = load,
    .allocate = sb_opencl_allocate,
    .upload = sb_opencl_upload,
    .download = sb_opencl_download,
    .repeat = sb_opencl_repeat,
    .guard = sb_opencl_guard,
    .blame = sb_opencl_blame,
    .placement = placement,
    .close = close_exec,
};
