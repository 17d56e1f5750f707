/* SPDX-License-Identifier: Apache-2.0 */
/* A repetition: every launch as the kernel states it, checked against what GPUs can launch, and run. */
#include "backends/twin/twin.h"

#include "backends/twin/place.h"
#include "harness/util/process.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void sb_twin_find(struct sb_finding *finding)
{
    struct sb_exec *exec = sb_twin_running;
    finding->warp_size = exec->schedule.warp_size;
    finding->replay = exec->repetition > 1;
    snprintf(finding->function, sizeof finding->function, "%s", exec->launch->function);
    sb_findings_add(&exec->findings, finding);
}

uint32_t sb_twin_site(const void *pc)
{
    const uintptr_t off = (uintptr_t)pc - sb_twin_running->object.twin->code_begin;
    return off <= SB_TWIN_SITE_MASK ? (uint32_t)off : 0;
}

struct sb_party sb_twin_party(uint32_t tid, uint32_t site, enum sb_twin_access access)
{
    const struct sb_twin_schedule *s = &sb_twin_running->schedule;
    const uint32_t bits = sb_twin_running->object.twin->tid_bits;
    const uint32_t block = tid >> bits;
    const uint32_t thread = tid & ((1U << bits) - 1);
    const bool agent = thread >= (uint32_t)s->threads;
    return (struct sb_party){.known = true,
                             .block = {block % s->extent.x, block / s->extent.x % s->extent.y,
                                       block / s->extent.x / s->extent.y},
                             .thread = s->at[agent ? 0 : thread],
                             .agent = agent,
                             .site = site & SB_TWIN_SITE_MASK,
                             .access = access};
}

bool sb_twin_same_line(uint32_t a, uint32_t b)
{
    static struct {
        uint32_t a, b;
        bool same;
    } known[64];
    static int count;
    for (int i = 0; i < count && i < 64; ++i) {
        if (known[i].a == a && known[i].b == b) {
            return known[i].same;
        }
    }
    const uint32_t sites[] = {a, b};
    struct sb_place places[2];
    sb_places_find(places, sites, 2, sb_twin_running->object.path);
    const bool same =
        places[0].line == places[1].line && strcmp(places[0].file, places[1].file) == 0;
    known[count % 64].a = a;
    known[count % 64].b = b;
    known[count++ % 64].same = same;
    return same;
}

/* Threads of a block for independent iterations: those that backends/gpu_driver takes. */
static void spread(struct sb_twin_3 *grid, struct sb_twin_3 *size, const struct sb_shape *shape)
{
    static const uint32_t usual[4][3] = {{1, 1, 1}, {256, 1, 1}, {32, 8, 1}, {32, 4, 2}};
    uint32_t g[3] = {1, 1, 1};
    uint32_t b[3] = {1, 1, 1};
    for (int d = 0; d < shape->dims; ++d) {
        const bool each = shape->spread == SB_SPREAD_EACH;
        b[d] = each ? usual[shape->dims][d] : (uint32_t)shape->block[d];
        g[d] = (uint32_t)(each ? (shape->extent[d] + b[d] - 1) / b[d] : shape->extent[d]);
    }
    *grid = (struct sb_twin_3){g[0], g[1], g[2]};
    *size = (struct sb_twin_3){b[0], b[1], b[2]};
}

static bool refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static bool refuse(const char *fmt, ...)
{
    struct sb_finding finding = {.kind = SB_FINDING_LAUNCH};
    va_list args;
    va_start(args, fmt);
    vsnprintf(finding.words, sizeof finding.words, fmt, args);
    va_end(args);
    sb_twin_find(&finding);
    return false;
}

static size_t static_shared(const struct sb_exec *exec)
{
    size_t bytes = 0;
    for (int i = 0; i < exec->object.variable_count; ++i) {
        const struct sb_twin_variable *v = &exec->object.variable[i];
        bytes += v->kind == SB_TWIN_SHARED_VARIABLE && strcmp(v->name, "sb_twin_dynamic") != 0
                     ? v->bytes
                     : 0;
    }
    return bytes;
}

/* What every GPU refuses; the finding says it in numbers. */
static bool launchable(const struct sb_exec *exec, const struct sb_launch_spec *launch)
{
    const struct sb_shape *shape = &launch->shape;
    int64_t threads = 1;
    for (int d = 0; d < shape->dims; ++d) {
        const bool blocks = shape->spread == SB_SPREAD_BLOCKS;
        if (shape->extent[d] < 1 || (blocks && shape->block[d] < 1)) {
            return refuse("dimension %d of the %s is %" PRId64, d,
                          shape->extent[d] < 1 ? "grid" : "block",
                          shape->extent[d] < 1 ? shape->extent[d] : (int64_t)shape->block[d]);
        }
        const int64_t grid = blocks ? shape->extent[d] : 1;
        if (grid > (d == 0 ? INT32_MAX : 65535)) {
            return refuse("%" PRId64 " blocks in dimension %d, of which GPUs take at most %d", grid,
                          d, d == 0 ? INT32_MAX : 65535);
        }
        threads *= blocks ? shape->block[d] : 1;
    }
    if (threads > SB_TWIN_THREADS_MOST) {
        return refuse("a block of %" PRId64 " threads, of which GPUs take at most %d", threads,
                      SB_TWIN_THREADS_MOST);
    }
    const size_t shared = static_shared(exec) + (size_t)shape->shared_bytes;
    if (shape->shared_bytes < 0 || shared > SB_TWIN_SHARED_MOST) {
        return refuse("%zu bytes of shared memory, of which GPUs have at most %d", shared,
                      SB_TWIN_SHARED_MOST);
    }
    return true;
}

static int prepare(struct sb_exec *exec, const struct sb_launch_spec *launch, struct sb_error *err)
{
    struct sb_twin_schedule *s = &exec->schedule;
    spread(&s->extent, &s->size, &launch->shape);
    s->threads = (int)(s->size.x * s->size.y * s->size.z);
    const uint64_t blocks = (uint64_t)s->extent.x * s->extent.y * s->extent.z;
    uint32_t bits = 0;
    while (1U << bits <= (uint32_t)s->threads) { /* all ones: an agent that is no thread */
        ++bits;
    }
    if (blocks > UINT32_MAX >> bits) {
        return sb_fail(err, SB_EABSENT,
                       "twin: '%s' has %" PRIu64
                       " blocks of %d threads; the twin tells 2^32 threads apart",
                       launch->function, blocks, s->threads);
    }
    s->blocks = (uint32_t)blocks;
    struct sb_twin *twin = exec->object.twin;
    twin->tid_bits = bits;
    twin->warp_bits = (uint32_t)__builtin_ctz((unsigned)s->warp_size);
    twin->here->sb_block_size = s->size;
    twin->here->sb_grid = s->extent;
    const int64_t *offset = launch->shape.offset;
    twin->here->sb_offset =
        (struct sb_twin_3){(uint32_t)offset[0], (uint32_t)offset[1], (uint32_t)offset[2]};
    twin->here->sb_warp_size = (uint32_t)s->warp_size;
    twin->here->sb_dims = (uint32_t)launch->shape.dims;
    for (int t = 0; t < s->threads; ++t) {
        const uint32_t n = (uint32_t)t;
        s->at[t] =
            (struct sb_twin_3){n % s->size.x, n / s->size.x % s->size.y, n / s->size.x / s->size.y};
    }
    if (exec->dynamic) {
        exec->dynamic->bytes = (size_t)launch->shape.shared_bytes;
    }
    return 0;
}

static int give_arguments(struct sb_twin_arg out[SB_MAX_ARGS], const struct sb_exec *exec,
                          const struct sb_launch_spec *launch, struct sb_error *err)
{
    for (int i = 0; i < launch->arg_count; ++i) {
        const struct sb_arg *arg = &launch->args[i];
        out[i] = (struct sb_twin_arg){.integer = arg->integer, .real = arg->real};
        if (arg->kind == SB_ARG_ARRAY) {
            if (arg->integer < 0 || arg->integer >= SB_MAX_ARRAYS ||
                !exec->array[arg->integer].segment.cells) {
                return sb_fail(err, SB_EINVAL,
                               "twin: '%s': argument %d is array %" PRId64 ", which there is not",
                               launch->function, i, arg->integer);
            }
            out[i].pointer = (void *)exec->array[arg->integer].segment.begin;
        } else if (arg->kind == SB_ARG_REAL) {
            out[i].integer = (int64_t)arg->real;
        } else {
            out[i].real = (double)arg->integer;
        }
    }
    return 0;
}

/* OpenCL leaves undefined what a copy does that its group did not wait for. */
static void find_unwaited(const struct sb_exec *exec)
{
    const struct sb_twin *twin = exec->object.twin;
    uint32_t tid = 0;
    const void *pc = NULL;
    while (twin->unwaited && !exec->schedule.stopped && twin->unwaited(&tid, &pc)) {
        struct sb_finding finding = {.kind = SB_FINDING_RACE,
                                     .first = sb_twin_party(tid, sb_twin_site(pc), SB_TWIN_WRITE)};
        snprintf(finding.words, sizeof finding.words, "the kernel ends, and nobody has waited for");
        sb_twin_find(&finding);
    }
}

static int run_launch(struct sb_exec *exec, const struct sb_launches *launches, int number,
                      struct sb_error *err)
{
    const struct sb_launch_spec *launch = &launches->spec[number];
    struct sb_twin_arg args[SB_MAX_ARGS];
    char symbol[32];
    exec->launch = launch;
    if (launch->shape.spread == SB_SPREAD_ONCE) {
        return sb_fail(err, SB_EINVAL, "twin: '%s' is launched once, on the host",
                       launch->function);
    }
    if (!launchable(exec, launch)) {
        return 0;
    }
    snprintf(symbol, sizeof symbol, "sb_twin_run_%d", sb_twin_launcher(launches, number));
    int code = prepare(exec, launch, err);
    code = code != 0 ? code : give_arguments(args, exec, launch, err);
    void *run = dlsym(exec->object.handle, symbol);
    if (code == 0 && !run) {
        code = sb_fail(err, SB_EPARSE, "twin: %s has no %s", exec->object.path, symbol);
    }
    if (code == 0) {
        memcpy(&exec->schedule.run, &run, sizeof run);
        exec->schedule.args = args;
        code = sb_twin_counts_begin(exec, launch, err);
        exec->object.twin->watching = 1;
        code = code != 0 ? code : sb_twin_schedule_launch(exec, err);
        exec->object.twin->watching = 0;
        find_unwaited(exec);
        code = code != 0 ? code : sb_twin_counts_end(exec, err);
    }
    return code;
}

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

int sb_twin_repeat(uint64_t *out_time_ns, struct sb_exec *exec, const struct sb_launches *launches,
                   struct sb_error *err)
{
    const unsigned long long begun = sb_process_now_ns();
    const uint64_t cpu_begun = cpu_ns();
    const uint64_t before = exec->object.twin->accesses;
    int code = 0;
    if (launches->first == 0) { /* else the repetition goes on, after an exchange */
        sb_twin_draw(&exec->schedule, exec->repetition++, exec->warps_only);
    }
    for (int i = launches->first; i < launches->count && code == 0; ++i) {
        code = run_launch(exec, launches, i, err);
        if (exec->schedule.stopped) {
            break; /* what follows a launch that was given up proves nothing */
        }
    }
    *out_time_ns = sb_process_now_ns() - begun;
    if (exec->repetition == 1) {
        exec->accesses += exec->object.twin->accesses - before;
        exec->first_ns += *out_time_ns;
        exec->first_cpu_ns += cpu_ns() - cpu_begun;
    }
    return code;
}
