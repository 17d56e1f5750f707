/* SPDX-License-Identifier: Apache-2.0 */
/* The twin: executes the GPU form of a kernel on the CPU, every thread a fiber, and watches each access. */
#include "backends/twin/fault.h"
#include "backends/twin/twin.h"

#include <stdlib.h>
#include <string.h>

struct sb_exec *sb_twin_running;

static void probe(struct sb_probe *out)
{
    memset(out, 0, sizeof *out);
    struct sb_error err;
    out->count = sb_twin_device(&out->device[0], "native", &err) == 0;
    if (out->count == 0) {
        snprintf(out->reason, sizeof out->reason, "%s", err.text);
        snprintf(out->remedy, sizeof out->remedy, "apt-get install g++");
    }
}

static int open_twin(struct sb_exec **out, const struct sb_exec_options *options,
                     struct sb_error *err)
{
    struct sb_exec *exec = calloc(1, sizeof *exec);
    if (!exec) {
        return sb_fail(err, SB_ENOMEM, "twin: out of memory");
    }
    exec->options = *options;
    exec->object.handle = NULL;
    exec->schedule.epoch = 1; /* what the host wrote */
    int code = sb_twin_memory_open(exec, err);
    code = code != 0 ? code : sb_twin_faults_open(err);
    *out = exec;
    sb_twin_running = exec;
    return code;
}

/* Roles and element sizes of the arrays; allocate() is told neither. */
static void note_arrays(struct sb_exec *exec, const struct sb_case *c)
{
    struct sb_array arrays[SB_MAX_ARRAYS];
    const int count = c->kernel->arrays(arrays, c);
    for (int i = 0; i < count; ++i) {
        exec->array[i].element_bytes = sb_type_bytes(arrays[i].type, c->precision);
        exec->array[i].input = arrays[i].role == SB_IN || arrays[i].role == SB_INOUT;
        exec->array[i].output = arrays[i].role != SB_IN;
    }
}

static void serve(struct sb_exec *exec)
{
    struct sb_twin *twin = exec->object.twin;
    sb_twin_threads_serve(twin);
    twin->slow = sb_twin_watch;
    twin->window[SB_TWIN_IN_GLOBAL] =
        (struct sb_twin_window){(uintptr_t)exec->base, exec->base_bytes, exec->page};
    twin->window[SB_TWIN_IN_SHARED] =
        (struct sb_twin_window){(uintptr_t)exec->shared_begin, exec->shared_bytes, exec->fast_page};
}

/* A file for CUDA alone is for warps of 32; HIP, OpenCL and the dialect make no such promise. 0: all sizes. */
static int usual_warp(const char *file)
{
    const size_t length = strlen(file);
    const bool cuda = length > 3 && strcmp(file + length - 3, ".cu") == 0;
    const bool any_gpu = length > 7 && strcmp(file + length - 7, ".gpu.cu") == 0;
    return cuda && !any_gpu ? 32 : 0;
}

static int load(struct sb_exec *exec, const struct sb_artifact *artifact,
                const struct sb_source *source, struct sb_error *err)
{
    note_arrays(exec, source->c);
    int code = sb_twin_object_open(&exec->object, artifact->path, err);
    if (code == 0 && exec->object.twin->abi != SB_TWIN_ABI) {
        code =
            sb_fail(err, SB_EVERSION, "twin: %s was compiled for another version", artifact->path);
    }
    code = code != 0 ? code : sb_twin_memory_variables(exec, err);
    if (code != 0) {
        return code;
    }
    serve(exec);
    exec->warps_only = exec->options.warp ? exec->options.warp : usual_warp(source->file);
    return source->toggles & SB_TOGGLE_COUNT ? sb_twin_counts_open(exec, err) : code;
}

static int upload(struct sb_exec *exec, int index, const void *from, struct sb_error *err)
{
    struct sb_twin_array *array = &exec->array[index];
    (void)err;
    memcpy((void *)array->segment.begin, from, array->segment.bytes);
    sb_twin_segment_reset(&array->segment, array->input);
    return 0;
}

static int download(struct sb_exec *exec, int index, void *to, struct sb_error *err)
{
    (void)err;
    memcpy(to, (const void *)exec->array[index].segment.begin, exec->array[index].segment.bytes);
    return 0;
}

static json_t *observe(struct sb_exec *exec)
{
    json_t *findings = sb_findings_told(&exec->findings, exec->object.path);
    json_t *observed = json_pack("{s:o,s:I,s:I,s:I,s:i,s:i}", "findings", findings, "accesses",
                                 (json_int_t)exec->accesses, "host_ns", (json_int_t)exec->first_ns,
                                 "cpu_ns", (json_int_t)exec->first_cpu_ns, "schedules",
                                 exec->repetition, "warp_size", exec->schedule.warp_size);
    if (exec->counting) {
        json_object_set_new(observed, "counts", sb_twin_counts_json(exec));
    }
    return observed;
}

static int schedules(struct sb_exec *exec)
{
    return exec->used_warps || exec->used_atomics || exec->findings.count > 0 || exec->used_barriers
               ? sb_twin_draws(exec->warps_only)
               : 2; /* nothing but the order of threads can differ */
}

static void close_twin(struct sb_exec *exec)
{
    if (exec) {
        sb_counting_close(exec->counting);
        sb_twin_schedule_close(&exec->schedule);
        sb_twin_memory_close(exec);
        sb_order_free(&exec->order);
        sb_twin_object_close(&exec->object);
        if (sb_twin_running == exec) {
            sb_twin_faults_close();
            sb_twin_running = NULL;
        }
        free(exec);
    }
}

const struct sb_backend sb_backend_twin = {
    .name = "twin",
    .title = "a GPU's stand-in on the CPU: finds races, bounds, divergence without the hardware",
    .toggles = SB_TOGGLE_UNOPTIMISED | SB_TOGGLE_NO_CONTRACT | SB_TOGGLE_REVERSED |
               SB_TOGGLE_BARRIERS | SB_TOGGLE_DEBUG,
    .probe = probe,
    .targets = sb_twin_targets,
    .target = sb_twin_target,
    .device = sb_twin_device,
    .compile = sb_twin_compile,
    .open = open_twin,
    .load = load,
    .allocate = sb_twin_memory_allocate,
    .upload = upload,
    .download = download,
    .repeat = sb_twin_repeat,
    .observe = observe,
    .schedules = schedules,
    .close = close_twin,
};
