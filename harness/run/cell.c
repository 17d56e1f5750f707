/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/cell.h"

#include "harness/plan/kernels.h"
#include "harness/run/arrays.h"
#include "harness/run/crash.h"
#include "harness/run/environment.h"
#include "harness/run/picture.h"
#include "harness/run/ranks/alone.h"
#include "harness/run/ranks/repeat.h"
#include "harness/run/ranks/verdict.h"
#include "harness/run/sampling.h"
#include "harness/run/snapshot.h"
#include "harness/run/source.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"
#include "harness/verify/verdict.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAMPLES_A_TURN 200
#define SAMPLES_MOST 4000
#define WARM_UP_NS 30000000U
#define WARM_UP_MOST 10

struct run {
    const struct sb_cell_task *task;
    const struct sb_backend *backend;
    struct sb_case c;
    struct sb_launches launches;
    struct sb_exec *exec;
    struct sb_host *before;
    struct sb_sampling sampling;
    uint64_t last_ns;      /* the latest repetition, to judge how many fit a turn */
    char digest[65];       /* of the first verified repetition */
    char whole_digest[65]; /* of all ranks' parts */
    json_t *checks;
    bool passed;
    char reason[400]; /* of the first failed check */
    int verified;     /* repetitions */
    bool same_bits;
    const char *ended;
    int warm_up;
    uint64_t cold_ns, upload_ns, download_ns;
    bool emulated;    /* verified, never timed */
    json_t *observed; /* by the backend, in the first repetition */
    struct sb_ranks *ranks;
    struct sb_ranks *alone; /* the same, where it is ours to free */
    struct sb_stage stage;
    bool together; /* all ranks were ready: from here on none of them ends by itself */
    double sampled_ns, exchanged_ns; /* of all samples */
};

static void answer(const struct run *run, json_t *fragment)
{
    struct sb_error err;
    if (sb_json_write_line(run->task->out, fragment, &err) != 0) {
        _exit(SB_EXIT_INFRA); /* nobody listens: the parent is gone */
    }
    json_decref(fragment);
}

static void end(const struct run *run, const char *state, const char *failure, const char *reason)
{
    answer(run, json_pack("{s:s,s:s,s:s?,s:s?}", "answer", "end", "state", state, "failure",
                          failure, "reason", reason));
}

static void end_with(const struct run *run, const struct sb_error *err)
{
    switch (err->code) {
    case SB_EABSENT:
        end(run, "unsupported", NULL, err->text);
        break;
    case SB_ECOMPILE:
        end(run, "failed", "compile", err->text);
        break;
    case SB_ENOMEM:
        end(run, "failed", "memory", err->text);
        break;
    case SB_ECRASH:
        end(run, "failed", "crash", err->text);
        break;
    case SB_EBOUNDS:
        end(run, "failed", "out_of_bounds", err->text);
        break;
    case SB_EDEVICE:
        end(run, "failed", strstr(err->text, "wrote ") ? "out_of_bounds" : "device", err->text);
        break;
    default:
        end(run, "failed", "internal", err->text);
        break;
    }
}

/* The device of this cell, or SB_EABSENT with the backend's reason. */
static int find_device(struct run *run, struct sb_device *out, struct sb_error *err)
{
    const struct sb_cell *cell = run->task->cell;
    run->backend = sb_backend_find(cell->backend);
    if (!run->backend) {
        return sb_fail(err, SB_EABSENT, "this runner has no backend '%s'", cell->backend);
    }
    if (run->backend->absent_reason) {
        return sb_fail(err, SB_EABSENT, "%s", run->backend->absent_reason);
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

static int load_vendor(const struct run *run, struct sb_error *err)
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

/* Of all ranks together. */
static int tell_work(const struct run *run, struct sb_error *err)
{
    struct sb_work work = {0};
    run->c.kernel->work(&work, &run->c);
    const int code = sb_ranks_total(&work, run->ranks, err);
    answer(run, json_pack("{s:{s:f,s:f,s:f,s:f,s:f,s:s?},s:o}", "work", "flop", work.flop,
                          "read_bytes", work.read_bytes, "write_bytes", work.write_bytes,
                          "write_allocate_bytes", work.write_allocate_bytes, "items", work.items,
                          "item", run->c.kernel->item, "tuning", tuning_values(&run->c)));
    return code;
}

static void tell_device(const struct run *run, const struct sb_device *device)
{
    const char *emulated = device->emulated[0] ? device->emulated : NULL;
    answer(run, json_pack("{s:{s:s,s:s,s:s,s:s,s:i},s:s?}", "device", "name", device->name,
                          "vendor", device->vendor, "driver", device->driver, "target",
                          device->target, "cores", device->cores, "emulated", emulated));
}

static void tell_build(const struct run *run, const struct sb_artifact *artifact)
{
    char placed[512] = "";
    if (run->backend->placement) {
        run->backend->placement(run->exec, placed, sizeof placed);
    }
    answer(run,
           json_pack("{s:{s:s,s:s,s:s,s:b,s:I},s:s,s:o}", "build", "compiler", artifact->compiler,
                     "flags", artifact->flags, "key", artifact->key, "cached", artifact->cached,
                     "compile_ns", (json_int_t)artifact->compile_ns, "placement", placed,
                     "environment_set", sb_environment_set()));
}

static int compile_and_load(struct run *run, const struct sb_device *device, struct sb_error *err)
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
        .beside = trial ? trial->beside : (struct sb_beside){0}};
    code = code != 0 ? code : run->backend->compile(&artifact, &source, err);
    code = code != 0 ? code : run->backend->open(&run->exec, &options, err);
    code = code != 0 ? code : run->backend->load(run->exec, &artifact, &source, err);
    if (code == 0) {
        tell_build(run, &artifact);
    }
    return code;
}

/* All launches, or as many as a trial asks for: they are loaded whole, and run in part. The slowest rank's time. */
static int repeat_once(uint64_t *out_time_ns, struct run *run, struct sb_error *err)
{
    struct sb_launches some = run->launches;
    const int most = run->task->trial ? run->task->trial->launches : 0;
    some.count = most > 0 && most < some.count ? most : some.count;
    const int code = sb_ranks_repeat(out_time_ns, run->exec, run->backend, &run->c, &some,
                                     run->ranks, &run->stage, err);
    return code != 0 ? code : sb_ranks_most(out_time_ns, run->ranks, err);
}

static bool in_part(const struct run *run)
{
    const struct sb_trial *trial = run->task->trial;
    return trial && trial->launches > 0 && trial->launches < run->launches.count;
}

/* One repetition from fresh inputs and poisoned outputs, and what the kernel's own verification says of this rank's part. */
static int verify_part(struct run *run, struct sb_error *err)
{
    struct sb_host *after = NULL;
    char digest[65];
    uint64_t time_ns = 0;
    const unsigned long long t0 = sb_process_now_ns();
    const struct sb_trial *trial = run->task->trial;
    int code = sb_arrays_reset(run->exec, run->backend, &run->c, run->before,
                               trial ? &trial->poison : NULL, err);
    const unsigned long long t1 = sb_process_now_ns();
    code = code != 0 ? code : repeat_once(&time_ns, run, err);
    code = code == 0 && run->backend->guard ? run->backend->guard(run->exec, err) : code;
    const unsigned long long t2 = sb_process_now_ns();
    code = code != 0 ? code
                     : sb_arrays_collect(&after, digest, run->exec, run->backend, &run->c,
                                         run->before, err);
    if (code != 0) {
        return code;
    }
    if (run->verified == 0) {
        run->cold_ns = time_ns;
        run->upload_ns = t1 - t0;
        run->download_ns = sb_process_now_ns() - t2;
        memcpy(run->digest, digest, sizeof digest);
        run->passed = run->same_bits = true;
    }
    run->last_ns = time_ns;
    const bool again = run->verified++ > 0;
    if (again && strcmp(digest, run->digest) == 0) {
        sb_host_free(after);
        return 0; /* the same bits have been checked */
    }
    run->same_bits = run->same_bits && !again;
    if (trial && trial->snapshot >= 0 && !again) {
        code = sb_snapshot_write(trial->snapshot, after, err);
    }
    if (code != 0 || in_part(run)) {
        sb_host_free(after);
        return code;
    }
    struct sb_verdict *verdict = sb_verdict_new(&run->c);
    if (!verdict || run->c.kernel->verify(verdict, &run->c, run->before, after) != 0) {
        code = sb_fail(err, SB_ENOMEM, "out of memory while verifying");
    } else if (!again || !sb_verdict_passed(verdict)) {
        if (run->passed) {
            sb_verdict_reason(verdict, run->reason, sizeof run->reason);
            json_decref(run->checks);
            run->checks = sb_verdict_checks(verdict);
        }
        run->passed = run->passed && sb_verdict_passed(verdict);
    }
    sb_verdict_free(verdict);
    sb_host_free(after);
    return code;
}

/* One wrong part makes the whole wrong. */
static int judge(struct run *run, struct sb_error *err)
{
    if (run->ranks->size == 1) {
        return 0;
    }
    struct sb_part_verdict part = {run->passed, run->same_bits,     run->digest,
                                   run->reason, sizeof run->reason, &run->checks};
    const int code = sb_ranks_judge(&part, run->whole_digest, run->ranks, err);
    run->passed = part.passed;
    run->same_bits = part.same_bits;
    return code;
}

static int verified_repetition(struct run *run, struct sb_error *err)
{
    const int code = verify_part(run, err);
    return code != 0 ? code : judge(run, err);
}

/* What the backend saw in all repetitions; a finding makes the cell wrong, whatever the numbers say. */
static void take_observed(struct run *run)
{
    run->observed = run->backend->observe ? run->backend->observe(run->exec) : NULL;
    const char *finding = sb_json_text_or(
        json_array_get(json_object_get(run->observed, "findings"), 0), "text", NULL);
    if (finding) {
        snprintf(run->reason, sizeof run->reason, "%s", finding);
        run->passed = false;
    }
}

/* The first verified repetition, and more of them where the backend has other schedules to try. */
static int first_repetitions(struct run *run, struct sb_error *err)
{
    const unsigned long long begun = sb_process_now_ns();
    const double most_ns = 0.4e9 * run->task->job->time_limit_s;
    const struct sb_trial *trial = run->task->trial;
    int code = verified_repetition(run, err);
    const int schedules = code == 0 && run->backend->schedules &&
                                  (!trial || trial->all_schedules) && !run->task->job->once
                              ? run->backend->schedules(run->exec)
                              : 1;
    for (int i = 1; code == 0 && i < schedules; ++i) {
        const double spent_ns = (double)(sb_process_now_ns() - begun);
        bool enough = spent_ns + spent_ns / i > most_ns;
        code = sb_ranks_follow(&enough, sizeof enough, run->ranks, err);
        if (code == 0 && enough) {
            break; /* the record says how many there were */
        }
        code = code != 0 ? code : verified_repetition(run, err);
    }
    take_observed(run); /* also of a repetition that ended badly */
    return code != 0 ? code : judge(run, err);
}

static void tell_verdict(const struct run *run)
{
    answer(run, json_pack("{s:{s:b,s:s,s:i,s:b,s:O}}", "verdict", "passed", run->passed, "digest",
                          run->ranks->size > 1 ? run->whole_digest : run->digest, "repetitions",
                          run->verified, "same_bits", run->same_bits, "checks", run->checks));
}

static int draw(struct run *run, struct sb_error *err)
{
    const struct sb_cell_task *task = run->task;
    return task->job->pictures[0] && run->c.kernel->picture && run->ranks->size == 1
               ? sb_picture_write(task->job->pictures, task->cell, &run->c, run->exec, run->backend,
                                  run->before, err)
               : 0;
}

static bool timed(const struct run *run)
{
    return !run->emulated && !run->task->trial;
}

/* The device is given back before the last word: whoever hears it may end this process. */
static void conclude(struct run *run)
{
    run->backend->close(run->exec);
    run->exec = NULL;
    run->together = false;
    end(run, run->passed ? "passed" : "wrong", NULL, run->passed ? NULL : run->reason);
}

static int know_ranks(struct run *run, struct sb_error *err)
{
    const int wanted = sb_case_ranks(&run->c);
    if (!run->task->ranks) {
        run->alone = run->ranks = sb_ranks_alone();
    } else {
        run->ranks = run->task->ranks;
    }
    if (!run->ranks) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    run->c.rank = run->ranks->rank;
    return run->ranks->size == wanted
               ? 0
               : sb_fail(err, SB_EABSENT, "it takes %d ranks, here %s %d", wanted,
                         run->ranks->size == 1 ? "is" : "are", run->ranks->size);
}

/* What needs no other rank: device, code, arrays. */
static int prepare_part(struct run *run, struct sb_error *err)
{
    struct sb_device device;
    int code = find_device(run, &device, err);
    if (code != 0) {
        return code;
    }
    tell_device(run, &device);
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
    code = run->ranks->size == 1 ? tell_work(run, err) : 0;
    code = code != 0 ? code : compile_and_load(run, &device, err);
    code = code != 0 ? code : sb_arrays_fill(&run->before, &run->c, err);
    return code != 0 ? code
                     : sb_arrays_allocate(run->exec, run->backend, &run->c, run->before, err);
}

/* Rank 0 first: what it compiles, the others find in the cache. Each learns of the others' failures. */
static int prepare_parts(struct run *run, struct sb_error *err)
{
    if (run->ranks->size == 1) {
        return prepare_part(run, err);
    }
    int code = run->ranks->rank == 0 ? prepare_part(run, err) : 0;
    code = sb_ranks_agree(run->ranks, code, err);
    if (code == 0) {
        code = run->ranks->rank == 0 ? 0 : prepare_part(run, err);
        code = sb_ranks_agree(run->ranks, code, err);
    }
    run->together = code == 0;
    return code != 0 ? code : tell_work(run, err);
}

static int prepare(struct run *run, struct sb_error *err)
{
    int code = know_ranks(run, err);
    code = code != 0 ? code : prepare_parts(run, err);
    if (code != 0) {
        return code;
    }
    sb_crash_watch(run->backend->blame, run->task->out);
    code = first_repetitions(run, err);
    if (run->observed) {
        answer(run, json_pack("{s:O}", "observed", run->observed));
    }
    if (code == 0 && !in_part(run)) {
        tell_verdict(run);
    }
    if (code == 0 && !timed(run)) {
        code = draw(run, err);
        if (code == 0) {
            conclude(run);
        }
    }
    return code;
}

/* Threads, clocks and caches as they will be: a few repetitions, none of them kept. */
static int warm_up(struct run *run, uint64_t most_ns, int most, struct sb_error *err)
{
    uint64_t spent_ns = 0;
    int code = 0;
    for (int i = 0; code == 0 && i < most && spent_ns < most_ns; ++i) {
        code = repeat_once(&run->last_ns, run, err);
        spent_ns += run->last_ns;
        run->warm_up++;
    }
    return code;
}

static int take_turn(struct run *run, struct sb_error *err)
{
    struct sb_sampling *s = &run->sampling;
    const uint64_t turn_ns = sb_sampling_turn_ns(s);
    int code = 0;
    if (s->turn_count == 0) {
        code = warm_up(run, WARM_UP_NS, WARM_UP_MOST, err);
    } else if (run->last_ns < turn_ns / 4) {
        code = warm_up(run, run->last_ns, 1, err); /* others ran meanwhile */
    }
    if (code != 0 || sb_sampling_turn(s) != 0) {
        return code != 0 ? code : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    const size_t first = s->count;
    const unsigned long long begun = sb_process_now_ns();
    uint64_t spent_ns = 0;
    do {
        code = repeat_once(&run->last_ns, run, err);
        if (code == 0 && sb_sampling_add(s, run->last_ns) != 0) {
            code = sb_fail(err, SB_ENOMEM, "out of memory");
        }
        run->sampled_ns += (double)run->last_ns;
        run->exchanged_ns += (double)run->stage.exchange_ns;
        run->ended =
            code == 0 && s->samples_most > 0 && s->count >= s->samples_most ? "count" : NULL;
        spent_ns = sb_process_now_ns() - begun;
        code = code != 0 ? code : sb_ranks_follow(&spent_ns, sizeof spent_ns, run->ranks, err);
    } while (code == 0 && !run->ended && spent_ns < turn_ns && s->count - first < SAMPLES_A_TURN);
    s->spent_ns += spent_ns;
    if (code == 0) {
        run->ended = sb_sampling_ended(s);
        json_t *samples = json_array();
        for (size_t i = first; i < s->count; ++i) {
            json_array_append_new(samples, json_integer((json_int_t)s->samples_ns[i]));
        }
        answer(run, json_pack("{s:s,s:b,s:o}", "answer", "turn", "done", run->ended != NULL,
                              "samples_ns", samples));
    }
    return code;
}

static int finish(struct run *run, struct sb_error *err)
{
    int code = draw(run, err);
    code = code != 0 ? code : verified_repetition(run, err);
    if (code != 0) {
        return code;
    }
    json_t *share = run->launches.exchanges > 0 && run->sampled_ns > 0
                        ? json_real(fmin(run->exchanged_ns / run->sampled_ns, 1))
                        : NULL;
    answer(run, json_pack("{s:{s:I,s:I,s:I,s:i,s:s?,s:o*}}", "timing_end", "cold_ns",
                          (json_int_t)run->cold_ns, "upload_ns", (json_int_t)run->upload_ns,
                          "download_ns", (json_int_t)run->download_ns, "warmup", run->warm_up,
                          "ended", run->ended, "exchange_share", share));
    tell_verdict(run);
    conclude(run);
    return 0;
}

/* Rank 0's next command, on every rank; false at the cell's end. */
static bool next_command(const struct sb_cell_task *task, char *out)
{
    ssize_t got = 1;
    if (!task->ranks || task->ranks->rank == 0) {
        do {
            got = read(task->in, out, 1);
        } while (got < 0 && errno == EINTR);
        *out = got == 1 ? *out : 'q';
    }
    if (task->ranks && sb_ranks_follow(out, 1, task->ranks, NULL) != 0) {
        return false;
    }
    return *out != 'q';
}

void sb_cell_serve(const struct sb_cell_task *task)
{
    struct run run = {.task = task, .c = task->cell->c, .checks = json_array()};
    run.sampling.precision = task->job->precision;
    run.sampling.budget_ns = (uint64_t)(task->job->budget_s * 1e9);
    run.sampling.samples_most =
        task->job->samples_most > 0 ? (size_t)task->job->samples_most : SAMPLES_MOST;
    char command = 0;
    while (next_command(task, &command)) {
        struct sb_error err = {0};
        int code = 0;
        if (command == 'p') {
            code = prepare(&run, &err);
            if (code == 0 && timed(&run)) {
                answer(&run, json_pack("{s:s}", "answer", "ready"));
            }
        } else if (command == 't') {
            code = take_turn(&run, &err);
        } else {
            code = finish(&run, &err);
        }
        if (code != 0) {
            end_with(&run, &err);
        }
        if (code != 0 && run.together) {
            _exit(SB_EXIT_INFRA);
        }
    }
    if (run.exec) {
        run.backend->close(run.exec);
    }
    sb_host_free(run.before);
    sb_launches_free(&run.launches);
    sb_sampling_free(&run.sampling);
    json_decref(run.checks);
    json_decref(run.observed);
    sb_stage_free(&run.stage);
    sb_ranks_alone_free(run.alone);
}
