/* SPDX-License-Identifier: Apache-2.0 */
/* Launches: local sizes, arguments, events. */
#include "backends/opencl/opencl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The largest divisor of @p extent that is at most @p most; 1 at worst. */
static size_t divisor(size_t extent, size_t most)
{
    for (size_t d = least(extent, most); d > 1; --d) {
        if (extent % d == 0) {
            return d;
        }
    }
    return 1;
}

#ifndef USUAL_GROUP
#define USUAL_GROUP 256
#endif
#define ROWS_GROUP 4096

/*
 * All lanes of a group lie along x (PoCL vectorises there; (64, 8, 1) costs it 30 %). A row that fits in one group
 * is one group; a longer one is cut into groups of USUAL_GROUP, and the rest of the row is a second enqueue behind
 * a global offset, so that the code never tests a bound (the test costs PoCL 3 to 6 times).
 */
int sb_opencl_split(struct sb_opencl_part out[2], const struct sb_shape *shape, size_t group_limit,
                    const size_t size_limit[3])
{
    struct sb_opencl_part part = {.local = {1, 1, 1}};
    for (int d = 0; d < 3; ++d) {
        part.global[d] = d < shape->dims ? (size_t)shape->extent[d] : 1;
    }
    const size_t most = least(group_limit, size_limit[0]);
    const size_t row = part.global[0];
    const size_t fits = shape->dims == 1 ? USUAL_GROUP : least(most, 2048);
    part.local[0] = row <= least(fits, most) ? row : least(USUAL_GROUP, most);
    const size_t rest = row % part.local[0];
    /* Only CPUs take groups of thousands; there several short rows in one save a twentieth of a stencil's time. */
    const bool rows = group_limit >= ROWS_GROUP && part.local[0] <= ROWS_GROUP / 8;
    const size_t goal = rows ? ROWS_GROUP : least(USUAL_GROUP, group_limit);
    if ((part.local[0] < 64 || rows) && shape->dims > 1) {
        const size_t room = least(goal / part.local[0], size_limit[1]);
        part.local[1] = divisor(part.global[1], room > 0 ? room : 1);
    }
    part.global[0] = row - rest;
    out[0] = part;
    if (rest == 0) {
        return 1;
    }
    out[1] = part;
    out[1].offset[0] = row - rest;
    out[1].global[0] = out[1].local[0] = rest;
    return 2;
}

static int split_blocks(struct sb_opencl_part *out, const struct sb_launch_spec *launch,
                        const struct sb_exec *exec, const struct sb_opencl_kernel *kernel,
                        struct sb_error *err)
{
    *out = (struct sb_opencl_part){.local = {1, 1, 1}, .global = {1, 1, 1}};
    size_t threads = 1;
    for (int d = 0; d < launch->shape.dims; ++d) {
        const size_t block = (size_t)launch->shape.block[d];
        out->local[d] = block;
        out->offset[d] = (size_t)launch->shape.offset[d];
        out->global[d] = block * (size_t)launch->shape.extent[d];
        threads *= block;
        if (block > exec->size_limit[d]) {
            return sb_fail(err, SB_EABSENT,
                           "opencl: '%s' wants blocks of %zu threads in dimension %d, device '%s' "
                           "has at most %zu",
                           launch->function, block, d, exec->name, exec->size_limit[d]);
        }
    }
    const size_t limit = least(exec->group_limit, kernel->group_limit);
    if (threads > limit) {
        return sb_fail(
            err, SB_EABSENT,
            "opencl: '%s' wants blocks of %zu threads, device '%s' runs at most %zu of this code",
            launch->function, threads, exec->name, limit);
    }
    return 1;
}

/* Parts of a launch, or a negative error. */
static int split(struct sb_opencl_part out[2], const struct sb_launch_spec *launch,
                 const struct sb_exec *exec, const struct sb_opencl_kernel *kernel,
                 struct sb_error *err)
{
    for (int d = 0; d < launch->shape.dims; ++d) {
        if (launch->shape.extent[d] < 1 || launch->shape.block[d] < 1) {
            return sb_fail(err, SB_EINVAL, "opencl: '%s': extents and blocks must be at least 1",
                           launch->function);
        }
    }
    switch (launch->shape.spread) {
    case SB_SPREAD_EACH:
        if (kernel->fills && launch->shape.dims == 1) {
            const size_t extent = (size_t)launch->shape.extent[0];
            *out = (struct sb_opencl_part){.local = {1, 1, 1},
                                           .global = {(extent - 1) / SB_OPENCL_CHUNK + 1, 1, 1}};
            return 1;
        }
        return sb_opencl_split(out, &launch->shape, least(exec->group_limit, kernel->group_limit),
                               exec->size_limit);
    case SB_SPREAD_BLOCKS:
        return split_blocks(out, launch, exec, kernel, err);
    case SB_SPREAD_ONCE:
    default:
        return sb_fail(
            err, SB_EINVAL,
            "opencl: '%s' is launched once, on the host; only the cpu backend can do that",
            launch->function);
    }
}

int sb_opencl_place(struct sb_exec *exec, struct sb_opencl_kernel *kernel,
                    const struct sb_launch_spec *launch, struct sb_error *err)
{
    struct sb_opencl_part part[2];
    const int parts = split(part, launch, exec, kernel, err);
    if (parts > 0 && kernel->local[0] == 0) {
        memcpy(kernel->local, part[0].local, sizeof kernel->local);
    }
    return parts < 0 ? parts : 0;
}

static int set_argument(const struct sb_exec *exec, const struct sb_opencl_kernel *kernel,
                        cl_uint at, const struct sb_arg *arg, struct sb_error *err)
{
    union {
        cl_int i32;
        cl_uint u32;
        cl_long i64;
        cl_float f;
        cl_double d;
        cl_mem mem;
    } value;
    size_t bytes = 4;
    if (arg->kind == SB_ARG_ARRAY) {
        const bool known = arg->integer >= 0 && arg->integer < SB_MAX_ARRAYS;
        value.mem = known ? exec->array[arg->integer].mem : NULL;
        bytes = sizeof value.mem;
        if (!value.mem) {
            return sb_fail(err, SB_EINVAL,
                           "opencl: '%s': argument %u is array %" PRId64 ", which there is not",
                           kernel->name, at, arg->integer);
        }
    } else if (arg->kind == SB_ARG_REAL && exec->precision == SB_FLOAT) {
        value.f = (cl_float)arg->real;
    } else if (arg->kind == SB_ARG_REAL) {
        value.d = arg->real;
        bytes = sizeof value.d;
    } else if (arg->kind == SB_ARG_INDEX && exec->index_bits == 64) {
        value.i64 = arg->integer;
        bytes = sizeof value.i64;
    } else if (arg->kind == SB_ARG_UINT32) {
        value.u32 = (cl_uint)arg->integer;
    } else if (arg->kind == SB_ARG_LOCAL) {
        bytes = (size_t)arg->integer;
    } else {
        value.i32 = (cl_int)arg->integer;
    }
    const void *given = arg->kind == SB_ARG_LOCAL ? NULL : &value;
    return sb_opencl_check(sb_cl.clSetKernelArg(kernel->kernel, at, bytes, given), err,
                           "'%s': argument %u (does the function take this type here?)",
                           kernel->name, at);
}

static struct sb_opencl_kernel *kernel_of(struct sb_exec *exec, const char *function)
{
    for (int i = 0; i < exec->kernel_count; ++i) {
        if (strcmp(exec->kernel[i].name, function) == 0) {
            return &exec->kernel[i];
        }
    }
    return NULL;
}

/* Enqueues one launch; its events go behind exec->event[*events]. */
static int enqueue(struct sb_exec *exec, const struct sb_launch_spec *launch, int *events,
                   struct sb_error *err)
{
    struct sb_opencl_kernel *kernel = kernel_of(exec, launch->function);
    if (!kernel) {
        return sb_fail(err, SB_EINVAL, "opencl: no function '%s' was loaded", launch->function);
    }
    struct sb_opencl_part part[2];
    const int parts = split(part, launch, exec, kernel, err);
    if (parts < 0) {
        return parts;
    }
    for (int i = 0; i < launch->arg_count; ++i) {
        const int status = set_argument(exec, kernel, (cl_uint)i, &launch->args[i], err);
        if (status) {
            return status;
        }
    }
    for (int i = 0; i < parts; ++i) {
        const cl_int code = sb_cl.clEnqueueNDRangeKernel(
            exec->queue, kernel->kernel, 3, part[i].offset, part[i].global, part[i].local, 0, NULL,
            &exec->event[*events]);
        const int status = sb_opencl_check(
            code, err, "launching '%s' over %zu x %zu x %zu in groups of %zu x %zu x %zu",
            kernel->name, part[i].global[0], part[i].global[1], part[i].global[2], part[i].local[0],
            part[i].local[1], part[i].local[2]);
        if (status) {
            return status;
        }
        ++*events;
    }
    return 0;
}

static int reserve_events(struct sb_exec *exec, int room, struct sb_error *err)
{
    if (exec->event_room >= room) {
        return 0;
    }
    cl_event *grown = realloc(exec->event, (size_t)room * sizeof *grown);
    if (!grown) {
        return sb_fail(err, SB_ENOMEM, "opencl: out of memory");
    }
    exec->event = grown;
    exec->event_room = room;
    return 0;
}

/* A repetition lasts from the start of its first launch to the end of its last, on the device's clock. */
static int read_clock(uint64_t *out_time_ns, const struct sb_exec *exec, int events,
                      struct sb_error *err)
{
    for (int i = 0; i < events; ++i) {
        cl_int state = CL_COMPLETE;
        const cl_int code = sb_cl.clGetEventInfo(exec->event[i], CL_EVENT_COMMAND_EXECUTION_STATUS,
                                                 sizeof state, &state, NULL);
        if (code != CL_SUCCESS || state < 0) {
            return sb_opencl_check(code != CL_SUCCESS ? code : state, err, "launch %d ended badly",
                                   i);
        }
    }
    cl_ulong start = 0, end = 0;
    cl_int code = sb_cl.clGetEventProfilingInfo(exec->event[0], CL_PROFILING_COMMAND_START,
                                                sizeof start, &start, NULL);
    if (code == CL_SUCCESS) {
        code = sb_cl.clGetEventProfilingInfo(exec->event[events - 1], CL_PROFILING_COMMAND_END,
                                             sizeof end, &end, NULL);
    }
    const int status = sb_opencl_check(code, err, "reading the device's clock");
    if (status == 0 && end < start) {
        return sb_fail(err, SB_EDEVICE,
                       "opencl: device '%s' says that a launch ended before it began", exec->name);
    }
    *out_time_ns = end - start;
    return status;
}

int sb_opencl_repeat(uint64_t *out_time_ns, struct sb_exec *exec,
                     const struct sb_launches *launches, struct sb_error *err)
{
    *out_time_ns = 0;
    if (launches->count <= launches->first) {
        return sb_fail(err, SB_EINVAL, "opencl: the repetition has no launches");
    }
    int status = reserve_events(exec, 2 * launches->count, err);
    int events = 0;
    for (int i = launches->first; i < launches->count && status == 0; ++i) {
        status = enqueue(exec, &launches->spec[i], &events, err);
    }
    const cl_int code = sb_cl.clFinish(exec->queue);
    if (status == 0) {
        status = sb_opencl_check(code, err, "waiting for the device");
    }
    if (status == 0) {
        status = read_clock(out_time_ns, exec, events, err);
    }
    for (int i = 0; i < events; ++i) {
        sb_cl.clReleaseEvent(exec->event[i]);
    }
    return status;
}
