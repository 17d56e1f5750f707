/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/cell/run.h"

#include "harness/plan/kernels.h"
#include "harness/run/arrays.h"
#include "harness/run/counting/count.h"
#include "harness/run/environment.h"
#include "harness/run/ranks/verdict.h"
#include "harness/run/source.h"
#include "harness/util/json.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The device of this cell, or SB_EABSENT with the backend's reason. */
static int find_device(struct sb_cell_run *run, struct sb_device *out, struct sb_error *err)
{
    const struct sb_cell *cell = run->task->cell;
    run->backend = sb_backend_find(cell->backend);
    if (!run->backend) {
        return sb_fail(err, SB_EABSENT, "this runner has no backend '%s'", cell->backend);
    }
    if (run->backend->absent_reason) {
        return sb_fail(err, SB_EABSENT, "%s", run->backend->absent_reason);
    }
    if (!run->task->trial) {
        sb_count_prepare(&run->task->job->counters, cell->backend);
    }
    if (run->backend->device && strcmp(cell->target, "native") != 0) {
        return run->backend->device(out, cell->target, err);
    }
    static struct sb_probe found;
    run->backend->probe(&found);
    if (found.count == 0) {
        return sb_fail(err, SB_EABSENT, found.remedy[0] ? "%s (%s)" : "%s", found.reason,
                       found.remedy);
    }
    *out = found.device[0];
    return 0;
}

static int load_vendor(const struct sb_cell_run *run, struct sb_error *err)
{
    const struct sb_vendor *vendor = run->c.kernel->vendors;
    while (vendor && vendor->backend && strcmp(vendor->backend, run->backend->name) != 0) {
        ++vendor;
    }
    if (!vendor || !vendor->backend) {
        return sb_fail(err, SB_EABSENT, "kernel %s names no vendor library for backend %s",
                       run->c.kernel->name, run->backend->name);
    }
    const char *const libraries[] = {vendor->library, vendor->library2};
    for (int i = 0; i < 2 && libraries[i]; ++i) {
        char reason[512] = "is not installed";
        void *library = run->backend->library
                            ? run->backend->library(libraries[i], reason, sizeof reason)
                            : dlopen(libraries[i], RTLD_NOW | RTLD_GLOBAL);
        if (!library) {
            return sb_fail(err, SB_EABSENT, "%s: %s (install %s)", libraries[i], reason,
                           vendor->package);
        }
    }
    return 0;
}

static json_t *tuning_values(const struct sb_case *c)
{
    json_t *values = json_object();
    for (int i = 0; c->kernel->tunings && c->kernel->tunings[i].name; ++i) {
        json_object_set_new(values, c->kernel->tunings[i].name, json_integer(c->tuning[i]));
    }
    return values;
}

/* What is called once on the host costs what it does. */
static int launches_over_device(const struct sb_cell_run *run)
{
    int count = 0;
    for (int i = 0; i < run->launches.count; ++i) {
        count += run->launches.spec[i].shape.spread != SB_SPREAD_ONCE;
    }
    return count;
}

/* Of all ranks together. */
int sb_cell_tell_work(const struct sb_cell_run *run, struct sb_error *err)
{
    struct sb_work work = {0};
    run->c.kernel->work(&work, &run->c);
    const int code = sb_ranks_total(&work, run->ranks, err);
    sb_cell_answer(run,
                   json_pack("{s:{s:f,s:f,s:f,s:f,s:f,s:s?,s:i,s:f},s:o}", "work", "flop",
                             work.flop, "read_bytes", work.read_bytes, "write_bytes",
                             work.write_bytes, "write_allocate_bytes", work.write_allocate_bytes,
                             "items", work.items, "item", run->c.kernel->item, "launches",
                             launches_over_device(run), "array_bytes",
                             sb_case_device_bytes(&run->c), "tuning", tuning_values(&run->c)));
    return code;
}

static void tell_device(const struct sb_cell_run *run, const struct sb_device *device)
{
    const char *emulated = device->emulated[0] ? device->emulated : NULL;
    sb_cell_answer(run, json_pack("{s:{s:s,s:s,s:s,s:s,s:i},s:s?}", "device", "name", device->name,
                                  "vendor", device->vendor, "driver", device->driver, "target",
                                  device->target, "cores", device->cores, "emulated", emulated));
}

static void tell_build(const struct sb_cell_run *run, const struct sb_artifact *artifact)
{
    char placed[512] = "";
    if (run->backend->placement) {
        run->backend->placement(run->exec, placed, sizeof placed);
    }
    sb_cell_answer(run, json_pack("{s:{s:s,s:s,s:s,s:b,s:I},s:s,s:o}", "build", "compiler",
                                  artifact->compiler, "flags", artifact->flags, "key",
                                  artifact->key, "cached", artifact->cached, "compile_ns",
                                  (json_int_t)artifact->compile_ns, "placement", placed,
                                  "environment_set", sb_environment_set()));
}

static int compile_and_load(struct sb_cell_run *run, const struct sb_device *device,
                            struct sb_error *err)
{
    const struct sb_cell_task *task = run->task;
    char file[PATH_MAX];
    struct sb_artifact artifact = {0};
    int code = sb_source_find(file, sizeof file, task->cell, err);
    if (code == 0 && strcmp(run->c.variant, "vendor") == 0) {
        code = load_vendor(run, err);
    }
    const double bytes = sb_case_device_bytes(&run->c);
    const struct sb_trial *trial = task->trial;
    const unsigned toggles = task->job->toggles | (trial ? trial->toggles : 0) |
                             (task->job->counts ? SB_TOGGLE_COUNT : 0);
    const int threads = trial && trial->threads ? trial->threads : task->job->threads;
    const struct sb_source source = {.c = &run->c,
                                     .folder = task->cell->folder,
                                     .file = file,
                                     .include = sb_kernels_folder(),
                                     .target = task->cell->target,
                                     .cache = task->cache,
                                     .threads = threads,
                                     .stream_stores =
                                         device->cache_bytes > 0 && bytes > 2 * device->cache_bytes,
                                     .toggles = toggles,
                                     .launches = &run->launches};
    const struct sb_exec_options options = {
        .device = device->number,
        .threads = threads,
        .cpus = task->cpus,
        .cpu_count = task->cpu_count,
        .flush_denormals = run->c.maths == SB_FAST && !(toggles & SB_TOGGLE_KEEP_DENORMALS),
        .toggles = toggles,
        .plugin = task->job->plugin,
        .beside = trial ? trial->beside : (struct sb_beside){0}};
    code = code != 0 ? code : run->backend->compile(&artifact, &source, err);
    code = code != 0 ? code : run->backend->open(&run->exec, &options, err);
    code = code != 0 ? code : run->backend->load(run->exec, &artifact, &source, err);
    if (code == 0) {
        tell_build(run, &artifact);
    }
    return code;
}

/* What needs no other rank: device, code, arrays. */
int sb_cell_prepare_part(struct sb_cell_run *run, struct sb_error *err)
{
    struct sb_device device;
    int code = find_device(run, &device, err);
    if (code != 0) {
        return code;
    }
    tell_device(run, &device);
    run->device = device;
    run->emulated = device.emulated[0] != '\0';
    const struct sb_machine machine = {
        .backend = run->backend->name,
        .cores = run->task->job->threads > 0 ? run->task->job->threads : device.cores,
        .cache_bytes = device.cache_bytes,
        .simd_bytes = device.simd_bytes};
    sb_case_tune(&run->c, &machine);
    const struct sb_trial *trial = run->task->trial;
    if (trial && trial->tuning) {
        memcpy(run->c.tuning, trial->tuning, sizeof run->c.tuning);
    }
    run->c.kernel->launches(&run->launches, &run->c);
    if (run->launches.failed || run->launches.count == 0) {
        return sb_fail(err, SB_EINVAL, "%s",
                       run->launches.failed ? run->launches.text : "the kernel launches nothing");
    }
    code = run->ranks->size == 1 ? sb_cell_tell_work(run, err) : 0;
    code = code != 0 ? code : compile_and_load(run, &device, err);
    code = code != 0 ? code : sb_arrays_fill(&run->before, &run->c, err);
    return code != 0 ? code
                     : sb_arrays_allocate(run->exec, run->backend, &run->c, run->before, err);
}
