/* SPDX-License-Identifier: Apache-2.0 */
/* Launches: shapes within the device's limits, arguments, time between two events. */
#include "backends/gpu_driver/gpu_driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define USUAL_THREADS 256 /* of a block of independent iterations: eight warps of 32, four of 64 */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t quotient(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* The smallest power of two that holds @p extent, at most @p most. */
static unsigned power(int64_t extent, int64_t most)
{
    unsigned p = 1;
    while (p < extent && 2 * (int64_t)p <= most) {
        p *= 2;
    }
    return p;
}

/*
 * Lanes lie along x: 32 of them (a line of 128 bytes of float, two of double) in two or three dimensions, as the rest of
 * a block is worth more as neighbours along y. Short rows leave their threads to y and z. Where y or z has more blocks
 * than a grid takes (65535), blocks grow along that dimension.
 */
static void shape_each(unsigned block[3], const struct sb_shape *shape,
                       const int limit[SB_GPU_ATTRIBUTES], int most)
{
    const int64_t threads = least(USUAL_THREADS, most);
    const int64_t usual[3] = {shape->dims == 1 ? threads : 32, shape->dims == 3 ? 4 : threads,
                              threads};
    int64_t left = threads;
    for (int d = 0; d < shape->dims; ++d) {
        block[d] = power(shape->extent[d], least(least(left, usual[d]), limit[SB_GPU_BLOCK_X + d]));
        left /= block[d];
    }
    for (int d = 1; d < shape->dims; ++d) {
        while (quotient(shape->extent[d], block[d]) > limit[SB_GPU_GRID_X + d] &&
               2 * (int64_t)block[0] * block[1] * block[2] <= most &&
               2 * (int)block[d] <= limit[SB_GPU_BLOCK_X + d]) {
            block[d] *= 2;
        }
    }
}

static int check_block(const unsigned block[3], const struct sb_launch_spec *launch,
                       const int limit[SB_GPU_ATTRIBUTES], int threads_most, struct sb_error *err)
{
    const int64_t threads = (int64_t)block[0] * block[1] * block[2];
    for (int d = 0; d < 3; ++d) {
        if (block[d] > (unsigned)limit[SB_GPU_BLOCK_X + d]) {
            return sb_fail(err, SB_EABSENT,
                           "'%s' wants blocks of %u threads along %c, the device has at most %d",
                           launch->function, block[d], "xyz"[d], limit[SB_GPU_BLOCK_X + d]);
        }
    }
    if (threads > threads_most) {
        return sb_fail(err, SB_EABSENT,
                       "'%s' wants blocks of %" PRId64
                       " threads, the device runs at most %d of this code",
                       launch->function, threads, threads_most);
    }
    return 0;
}

int sb_gpu_shape(unsigned grid[3], unsigned block[3], const struct sb_launch_spec *launch,
                 const int limit[SB_GPU_ATTRIBUTES], int threads_most, struct sb_error *err)
{
    const struct sb_shape *shape = &launch->shape;
    for (int d = 0; d < 3; ++d) {
        grid[d] = block[d] = 1;
        if (d < shape->dims && (shape->extent[d] < 1 || shape->block[d] < 1)) {
            return sb_fail(err, SB_EINVAL, "'%s': extents and blocks must be at least 1",
                           launch->function);
        }
    }
    if (shape->spread == SB_SPREAD_ONCE) {
        return sb_fail(err, SB_EINVAL, "'%s' is to be called once, by the host: it is no kernel",
                       launch->function);
    }
    if (shape->spread == SB_SPREAD_EACH) {
        shape_each(block, shape, limit, threads_most);
    }
    for (int d = 0; d < shape->dims; ++d) {
        const bool each = shape->spread == SB_SPREAD_EACH;
        block[d] = each ? block[d] : (unsigned)shape->block[d];
        const int64_t blocks = each ? quotient(shape->extent[d], block[d]) : shape->extent[d];
        if (blocks > limit[SB_GPU_GRID_X + d]) {
            return sb_fail(err, SB_ELIMIT,
                           "'%s' wants %" PRId64 " blocks along %c, a grid has at most %d",
                           launch->function, blocks, "xyz"[d], limit[SB_GPU_GRID_X + d]);
        }
        grid[d] = (unsigned)blocks;
    }
    return check_block(block, launch, limit, threads_most, err);
}

void sb_gpu_set_value(union sb_gpu_value *out, const struct sb_exec *exec, const struct sb_arg *arg)
{
    *out = (union sb_gpu_value){.i64 = 0};
    switch (arg->kind) {
    case SB_ARG_ARRAY:
        out->pointer = exec->array[arg->integer].data;
        break;
    case SB_ARG_REAL:
        if (exec->precision == SB_FLOAT) {
            out->f32 = (float)arg->real;
        } else {
            out->f64 = arg->real;
        }
        break;
    case SB_ARG_INDEX:
        if (exec->index_bits == 64) {
            out->i64 = arg->integer;
        } else {
            out->i32 = (int32_t)arg->integer;
        }
        break;
    case SB_ARG_UINT32:
        out->u32 = (uint32_t)arg->integer;
        break;
    default:
        out->i32 = (int32_t)arg->integer;
        break;
    }
}

static const struct sb_gpu_function *function_of(const struct sb_exec *exec, const char *name)
{
    for (int i = 0; i < exec->function_count; ++i) {
        if (strcmp(exec->function[i].name, name) == 0) {
            return &exec->function[i];
        }
    }
    return NULL;
}

static int launch_kernel(struct sb_exec *exec, const struct sb_launch_spec *launch,
                         struct sb_error *err)
{
    const struct sb_gpu_function *function = function_of(exec, launch->function);
    if (!function) {
        return sb_fail(err, SB_EINVAL, "no function '%s' was loaded", launch->function);
    }
    union sb_gpu_value value[SB_MAX_ARGS];
    void *parameter[SB_MAX_ARGS + 1] = {NULL}; /* ends with NULL for those who read it */
    unsigned grid[3], block[3];
    int code = sb_gpu_shape(grid, block, launch, exec->limit, function->threads_most, err);
    if (code != 0) {
        return code;
    }
    for (int i = 0; i < launch->arg_count; ++i) {
        sb_gpu_set_value(&value[i], exec, &launch->args[i]);
        parameter[i] = &value[i];
    }
    code = exec->api->launch(function->function, grid[0], grid[1], grid[2], block[0], block[1],
                             block[2], (unsigned)launch->shape.shared_bytes, exec->stream,
                             parameter, NULL);
    return sb_gpu_check(exec->api, code, err,
                        "launching '%s' in %u x %u x %u blocks of %u x %u x %u", launch->function,
                        grid[0], grid[1], grid[2], block[0], block[1], block[2]);
}

/* From an event before the first launch to one behind the last, on the device's clock. */
int sb_gpu_repeat(uint64_t *out_time_ns, struct sb_exec *exec, const struct sb_launches *launches,
                  struct sb_error *err)
{
    const struct sb_gpu_api *api = exec->api;
    *out_time_ns = 0;
    if (launches->count <= launches->first) {
        return sb_fail(err, SB_EINVAL, "the repetition has no launches");
    }
    int code =
        sb_gpu_check(api, api->event_record(exec->begun, exec->stream), err, "asking for the time");
    for (int i = launches->first; i < launches->count && code == 0; ++i) {
        code = exec->object ? sb_gpu_launch_hosted(exec, &launches->spec[i], err)
                            : launch_kernel(exec, &launches->spec[i], err);
    }
    float time_ms = 0;
    if (code == 0) {
        code = sb_gpu_check(api, api->event_record(exec->ended, exec->stream), err,
                            "asking for the time");
    }
    if (code == 0) {
        code = sb_gpu_check(api, api->stream_wait(exec->stream), err, "running '%s'%s",
                            launches->spec[launches->first].function,
                            launches->count - launches->first > 1 ? " and what follows it" : "");
    }
    if (code == 0) {
        code = sb_gpu_check(api, api->event_elapsed(&time_ms, exec->begun, exec->ended), err,
                            "reading the device's clock");
    }
    if (code == 0 && !(time_ms >= 0)) {
        return sb_fail(err, SB_EDEVICE, "device '%s' says that a repetition took %g ms", exec->name,
                       (double)time_ms);
    }
    *out_time_ns = (uint64_t)((double)time_ms * 1e6);
    return code;
}
