/* SPDX-License-Identifier: Apache-2.0 */
/* The cpu backend: C compiled at run time for this machine's own ISA, serial or OpenMP. */
#include "backends/cpu/emulator.h"

#include "backends/cpu/device/checks.h"
#include "harness/plan/kernels.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CPUS_MOST 1024

typedef void (*launcher)(void *const *args, const long long *extent);

/* A launch made ready: no lookup, no conversion while time is taken. */
struct ready {
    launcher run;
    void *args[SB_MAX_ARGS];
    union sb_scalar scalars[SB_MAX_ARGS];
    long long extent[3];
};

struct sb_exec {
    void *object;
    struct sb_emulator *emulator; /* instead of the object, where it is for another processor */
    struct sb_buffer buffer[SB_MAX_ARRAYS];
    int buffers;
    enum sb_precision precision;
    int index_bits;
    struct ready *ready;
    int ready_count;
    const struct sb_launch_spec *made_from;
    void (*touch)(unsigned char *p, size_t bytes);
    void (*flush_here)(int on); /* subnormals of the calling thread count as zero */
    bool flush_denormals;
    int threads;
    int cpus[CPUS_MOST];
    struct sb_beside beside;
    char plugin[1100];        /* of the emulator */
    struct sb_checks *checks; /* of a checked object, else NULL */
    char path[1024];          /* of the object */
};

/* For blame(): a signal handler cannot be handed the exec. */
static struct sb_exec *current;

static int open_cpu(struct sb_exec **out, const struct sb_exec_options *options,
                    struct sb_error *err)
{
    struct sb_exec *exec = calloc(1, sizeof *exec);
    if (!exec) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    exec->flush_denormals = options->flush_denormals;
    exec->threads = options->threads;
    exec->beside = options->beside;
    snprintf(exec->plugin, sizeof exec->plugin, "%s", options->plugin ? options->plugin : "");
    /* The OpenMP runtime reads these when it is loaded, which is with the first compiled object. */
    char text[16 * CPUS_MOST / 2];
    const int threads = options->threads > 0     ? options->threads
                        : options->cpu_count > 0 ? options->cpu_count
                                                 : sb_cores_allowed();
    snprintf(text, sizeof text, "%d", threads);
    setenv("OMP_NUM_THREADS", text, 1);
    setenv("OMP_DYNAMIC", "false", 1);
    setenv("OMP_STACKSIZE", "64M", 1);
    /* libgomp's idle threads spin for milliseconds by default, into the turns of others; a tenth of one bridges the
     * gaps between launches */
    setenv("GOMP_SPINCOUNT", "30000", 1);
    size_t used = 0;
    for (int i = 0; i < options->cpu_count && i < threads && used + 16 < sizeof text; ++i) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s{%d}", i ? "," : "",
                                 options->cpus[i]);
    }
    if (used > 0 && threads <= options->cpu_count) {
        setenv("OMP_PLACES", text, 1);
        setenv("OMP_PROC_BIND", "close", 1);
    }
    current = exec;
    *out = exec;
    return 0;
}

static int load(struct sb_exec *exec, const struct sb_artifact *artifact,
                const struct sb_source *source, struct sb_error *err)
{
    struct sb_cpu_target target;
    exec->precision = source->c->precision;
    exec->index_bits = source->c->index_bits;
    if (sb_cpu_target_parse(&target, source->target) && target.emulated) {
        return sb_emulator_start(&exec->emulator, &exec->threads, artifact->path, &target,
                                 exec->plugin, exec->flush_denormals, err);
    }
    exec->object = dlopen(artifact->path, RTLD_NOW | RTLD_LOCAL);
    if (!exec->object) {
        return sb_fail(err, SB_ECOMPILE, "%s: compiled, but cannot be loaded: %s",
                       source->c->kernel->name, dlerror());
    }
    exec->checks = source->toggles & SB_TOGGLE_SANITIZE ? dlsym(exec->object, "sb_checks") : NULL;
    memcpy(exec->path, artifact->path, sizeof exec->path);
    exec->touch = (void (*)(unsigned char *, size_t))dlsym(exec->object, "sb_touch");
    exec->flush_here = (void (*)(int))dlsym(exec->object, "sb_flush_here");
    int (*setup)(int, int *, int) = (int (*)(int, int *, int))dlsym(exec->object, "sb_setup");
    if (!exec->touch || !exec->flush_here || !setup) {
        return sb_fail(err, SB_ECOMPILE, "%s: the compiled object lacks its service functions",
                       artifact->path);
    }
    exec->threads = setup(exec->flush_denormals, exec->cpus, CPUS_MOST);
    exec->flush_here(0); /* verification on this thread is to see subnormals */
    return 0;
}

/* A checked object is told of each array, and looks at accesses itself. */
static int watch(struct sb_checks *checks, struct sb_buffer *buffer, struct sb_error *err)
{
    checks->array[checks->arrays++] =
        (struct sb_checked){.name = buffer->name,
                            .begin = buffer->data,
                            .end = buffer->data + buffer->bytes,
                            .map = buffer->map,
                            .map_end = buffer->map + buffer->map_bytes};
    return sb_cpu_buffer_open(buffer, err);
}

static int allocate(struct sb_exec *exec, int index, const char *name, size_t bytes,
                    struct sb_error *err)
{
    struct sb_buffer *buffer = &exec->buffer[index];
    const int code = exec->emulator
                         ? sb_emulator_map(exec->emulator, buffer, index, name, bytes, err)
                         : sb_cpu_buffer_map(buffer, name, bytes, err);
    if (code == 0) {
        exec->buffers = index >= exec->buffers ? index + 1 : exec->buffers;
    }
    if (code == 0 && exec->touch) {
        exec->touch(buffer->begin, (size_t)(buffer->end - buffer->begin));
    }
    if (code == 0) {
        sb_cpu_buffer_arm(
            buffer, exec->beside.array < 0 || exec->beside.array == index ? &exec->beside : NULL);
    }
    return code == 0 && exec->checks ? watch(exec->checks, buffer, err) : code;
}

static int upload(struct sb_exec *exec, int index, const void *from, struct sb_error *err)
{
    (void)err;
    memcpy(exec->buffer[index].data, from, exec->buffer[index].bytes);
    return 0;
}

static int download(struct sb_exec *exec, int index, void *to, struct sb_error *err)
{
    (void)err;
    memcpy(to, exec->buffer[index].data, exec->buffer[index].bytes);
    return 0;
}

void sb_cpu_scalar(union sb_scalar *out, const struct sb_arg *arg, enum sb_precision precision,
                   int index_bits)
{
    switch (arg->kind) {
    case SB_ARG_REAL:
        if (precision == SB_FLOAT) {
            out->f32 = (float)arg->real;
        } else {
            out->f64 = arg->real;
        }
        break;
    case SB_ARG_INDEX:
        if (index_bits == 64) {
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

static int prepare(struct sb_exec *exec, const struct sb_launches *launches, struct sb_error *err)
{
    free(exec->ready);
    exec->made_from = NULL;
    exec->ready_count = launches->count;
    exec->ready = calloc((size_t)launches->count + 1, sizeof *exec->ready);
    if (!exec->ready) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (int i = 0; i < launches->count; ++i) {
        const struct sb_launch_spec *spec = &launches->spec[i];
        struct ready *ready = &exec->ready[i];
        char symbol[80];
        snprintf(symbol, sizeof symbol, "sb_run_%s", spec->function);
        ready->run = (launcher)dlsym(exec->object, symbol);
        if (!ready->run) {
            return sb_fail(err, SB_EDEVICE, "the compiled object has no function '%s'",
                           spec->function);
        }
        for (int a = 0; a < spec->arg_count; ++a) {
            const struct sb_arg *arg = &spec->args[a];
            sb_cpu_scalar(&ready->scalars[a], arg, exec->precision, exec->index_bits);
            ready->args[a] = arg->kind == SB_ARG_ARRAY ? (void *)exec->buffer[arg->integer].data
                                                       : (void *)&ready->scalars[a];
        }
        for (int d = 0; d < 3; ++d) {
            ready->extent[d] = spec->shape.extent[d];
        }
    }
    exec->made_from = launches->spec;
    return 0;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static int repeat(uint64_t *out_time_ns, struct sb_exec *exec, const struct sb_launches *launches,
                  struct sb_error *err)
{
    if (exec->emulator) {
        return sb_emulator_repeat(out_time_ns, exec->emulator, launches, exec->precision,
                                  exec->index_bits, err);
    }
    if (exec->made_from != launches->spec || exec->ready_count < launches->count) {
        const int code = prepare(exec, launches, err);
        if (code != 0) {
            return code;
        }
    }
    if (exec->flush_denormals) {
        exec->flush_here(1);
    }
    const uint64_t begun = now_ns();
    for (int i = launches->first; i < launches->count; ++i) {
        exec->ready[i].run(exec->ready[i].args, exec->ready[i].extent);
    }
    *out_time_ns = now_ns() - begun;
    if (exec->flush_denormals) {
        exec->flush_here(0);
    }
    return 0;
}

static void *data(struct sb_exec *exec, int index)
{
    return exec->buffer[index].data; /* an emulated processor's memory is shared with it */
}

static int guard(struct sb_exec *exec, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < exec->buffers; ++i) {
        code = exec->buffer[i].map ? sb_cpu_buffer_check(&exec->buffer[i], err) : 0;
    }
    return code;
}

static json_t *observe(struct sb_exec *exec)
{
    return exec->checks ? sb_cpu_findings(exec->checks, exec->path) : NULL;
}

static const char *blame(const void *address)
{
    const unsigned char *at = address;
    for (int i = 0; current && i < current->buffers; ++i) {
        const struct sb_buffer *buffer = &current->buffer[i];
        if (buffer->map && at >= buffer->map && at < buffer->map + buffer->map_bytes) {
            return buffer->name;
        }
    }
    return NULL;
}

static void placement(const struct sb_exec *exec, char *out, size_t room)
{
    if (exec->emulator) {
        snprintf(out, room, "%d emulated thread%s", exec->threads, exec->threads == 1 ? "" : "s");
        return;
    }
    int used =
        snprintf(out, room, "%d thread%s on cpu", exec->threads, exec->threads == 1 ? "" : "s");
    for (int i = 0; i < exec->threads && i < CPUS_MOST && used > 0 && (size_t)used < room; ++i) {
        used += snprintf(out + used, room - (size_t)used, "%s%d", i ? "," : " ", exec->cpus[i]);
    }
}

static void close_cpu(struct sb_exec *exec)
{
    if (exec) {
        sb_emulator_stop(exec->emulator);
        for (int i = 0; i < exec->buffers; ++i) {
            sb_cpu_buffer_unmap(&exec->buffer[i]);
        }
        free(exec->ready);
        /* the object stays loaded: OpenMP's threads may still be in it */
        current = NULL;
        free(exec);
    }
}

const struct sb_backend sb_backend_cpu = {
    .name = "cpu",
    .title = "C and OpenMP, compiled here for this machine's processor, and for others",
    .toggles = SB_TOGGLE_UNOPTIMISED | SB_TOGGLE_NO_CONTRACT | SB_TOGGLE_KEEP_DENORMALS |
               SB_TOGGLE_SEQUENTIAL | SB_TOGGLE_REVERSED | SB_TOGGLE_SANITIZE |
               SB_TOGGLE_AUTO_ZERO | SB_TOGGLE_AUTO_PATTERN | SB_TOGGLE_DEBUG,
    .beside = true,
    .probe = sb_cpu_probe,
    .targets = sb_cpu_targets,
    .target = sb_cpu_target_state,
    .typical = sb_cpu_typical,
    .device = sb_cpu_device,
    .compile = sb_cpu_compile,
    .inspect = sb_cpu_inspect,
    .open = open_cpu,
    .load = load,
    .allocate = allocate,
    .upload = upload,
    .download = download,
    .data = data,
    .repeat = repeat,
    .guard = guard,
    .observe = observe,
    .blame = blame,
    .placement = placement,
    .close = close_cpu,
};
