/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/build.h"

#include "backends/backend.h"
#include "harness/plan/kernels.h"
#include "harness/run/apart.h"
#include "harness/run/source.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_MOST 256
#define FUNCTIONS_MOST 64

/* One thing to compile. */
struct unit {
    const struct sb_cell *cell;
    const struct sb_backend *backend;
    const char *cache;
    int threads;
    struct sb_case c; /* tuned for the target */
    struct sb_machine machine;
    struct sb_launches launches;
    char identity[65]; /* of what makes it differ from others */
};

struct slot {
    struct sb_apart apart;
    const struct unit *unit; /* NULL: free */
};

static json_t *number(int value)
{
    return value >= 0 ? json_integer(value) : json_null();
}

static json_t *report_functions(const struct unit *unit, const struct sb_artifact *artifact,
                                const struct sb_source *source)
{
    static struct sb_code_report report[FUNCTIONS_MOST];
    struct sb_error err;
    const int count = unit->backend->inspect
                          ? unit->backend->inspect(report, FUNCTIONS_MOST, artifact, source, &err)
                          : 0;
    json_t *functions = json_array();
    for (int i = 0; i < count; ++i) {
        const struct sb_code_report *r = &report[i];
        json_t *vector =
            r->vector_bits == SB_VECTOR_SCALABLE ? json_string("scalable") : number(r->vector_bits);
        json_array_append_new(
            functions, json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "function", r->function, "registers",
                                 number(r->registers), "shared_bytes", number(r->shared_bytes),
                                 "spill_bytes", number(r->spill_bytes), "code_bytes",
                                 number(r->code_bytes), "vector_bits", vector));
    }
    return functions;
}

static json_t *describe(const struct unit *unit, const char *state, const char *reason)
{
    const struct sb_case *c = &unit->c;
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s?}", "cell", unit->cell->id, "kernel",
                     c->kernel->name, "label", c->label, "variant", c->variant, "backend",
                     unit->cell->backend, "target", unit->cell->target, "precision",
                     c->precision == SB_FLOAT ? "float" : "double", "maths",
                     c->maths == SB_STRICT ? "strict" : "fast", "state", state, "reason", reason);
}

static json_t *compile(const void *payload)
{
    const struct unit *unit = payload;
    char file[PATH_MAX];
    struct sb_error err = {0};
    static struct sb_artifact artifact;
    const double cache_bytes = unit->machine.cache_bytes;
    if (unit->launches.failed) {
        return describe(unit, "failed", unit->launches.text);
    }
    int code = sb_source_find(file, sizeof file, unit->cell, &err);
    const struct sb_source source = {
        .c = &unit->c,
        .folder = unit->cell->folder,
        .file = file,
        .include = sb_kernels_folder(),
        .target = unit->cell->target,
        .cache = unit->cache,
        .threads = unit->threads,
        .stream_stores = cache_bytes > 0 && sb_case_device_bytes(&unit->c) > 2 * cache_bytes,
        .launches = &unit->launches};
    code = code != 0 ? code : unit->backend->compile(&artifact, &source, &err);
    if (code != 0) {
        return describe(unit, code == SB_EABSENT ? "missing" : "failed", err.text);
    }
    json_t *answer = describe(unit, "built", NULL);
    json_t *more = json_pack("{s:s,s:s,s:s,s:b,s:I,s:o}", "compiler", artifact.compiler, "flags",
                             artifact.flags, "key", artifact.key, "cached", artifact.cached,
                             "compile_ns", (json_int_t)artifact.compile_ns, "functions",
                             report_functions(unit, &artifact, &source));
    json_object_update(answer, more);
    json_decref(more);
    return answer;
}

/* What two units must differ in for both to be compiled. */
static void identify(struct unit *unit)
{
    const struct sb_case *c = &unit->c;
    struct sb_hash *hash = sb_hash_new();
    const char *const texts[] = {c->kernel->name, c->variant, unit->cell->backend,
                                 unit->cell->target};
    const int numbers[] = {(int)c->precision, (int)c->maths, c->index_bits};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        sb_hash_add_text(hash, texts[i]);
    }
    sb_hash_add(hash, numbers, sizeof numbers);
    sb_hash_add(hash, c->tuning, sizeof c->tuning);
    for (int i = 0; i < unit->launches.count; ++i) {
        bool first = true;
        for (int before = 0; first && before < i; ++before) {
            first =
                strcmp(unit->launches.spec[before].function, unit->launches.spec[i].function) != 0;
        }
        if (first) {
            sb_hash_add_text(hash, unit->launches.spec[i].function);
        }
    }
    sb_hash_finish(hash, unit->identity);
}

static bool prepare(struct unit *out, const struct sb_job *job, const struct sb_cell *cell,
                    const char *cache)
{
    memset(out, 0, sizeof *out);
    out->cell = cell;
    out->backend = sb_backend_find(cell->backend);
    out->cache = cache;
    out->threads = job->threads;
    out->c = cell->c;
    out->machine.backend = cell->backend;
    if (!out->backend || out->backend->absent_reason) {
        return false;
    }
    if (out->backend->typical) {
        out->backend->typical(&out->machine, cell->target);
    }
    sb_case_tune(&out->c, &out->machine);
    out->c.kernel->launches(&out->launches, &out->c);
    identify(out);
    return true;
}

static int say(int out_fd, json_t *line, struct sb_error *err)
{
    const int code =
        line ? sb_json_write_line(out_fd, line, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    json_decref(line);
    return code;
}

/* Waits for one of the units under way and passes its answer on. */
static int collect(struct slot *slots, int count, int out_fd, struct sb_error *err)
{
    struct pollfd polled[JOBS_MOST];
    for (int i = 0; i < count; ++i) {
        polled[i] = (struct pollfd){.fd = slots[i].unit ? slots[i].apart.fd : -1, .events = POLLIN};
    }
    if (poll(polled, (nfds_t)count, -1) <= 0) {
        return 0; /* a signal: asked again */
    }
    int code = 0;
    for (int i = 0; code == 0 && i < count; ++i) {
        if (slots[i].unit && polled[i].revents) {
            char died[200] = "";
            json_t *answer = sb_apart_collect(&slots[i].apart, died, sizeof died);
            code = say(out_fd, answer ? answer : describe(slots[i].unit, "failed", died), err);
            slots[i].unit = NULL;
        }
    }
    return code;
}

static int busy(const struct slot *slots, int count)
{
    int found = 0;
    for (int i = 0; i < count; ++i) {
        found += slots[i].unit != NULL;
    }
    return found;
}

static int start(struct slot *slots, int count, const struct unit *unit, int out_fd,
                 struct sb_error *err)
{
    int code = 0;
    while (code == 0 && busy(slots, count) == count) {
        code = collect(slots, count, out_fd, err);
    }
    for (int i = 0; code == 0 && i < count; ++i) {
        if (!slots[i].unit) {
            if (sb_apart_start(&slots[i].apart, compile, unit) != 0) {
                return sb_fail(err, SB_EIO, "cannot start a process");
            }
            slots[i].unit = unit;
            break;
        }
    }
    return code;
}

static bool seen(const struct unit *units, int at)
{
    for (int i = 0; i < at; ++i) {
        if (strcmp(units[i].identity, units[at].identity) == 0) {
            return true;
        }
    }
    return false;
}

int sb_build_run(const struct sb_job *job, int out_fd, struct sb_error *err)
{
    char cache[1024];
    struct slot slots[JOBS_MOST] = {{.unit = NULL}};
    const int wanted = job->jobs > 0 ? job->jobs : sb_cores_allowed();
    const int count = wanted < JOBS_MOST ? wanted : JOBS_MOST;
    struct unit *units = calloc((size_t)job->cell_count + 1, sizeof *units);
    int code = units ? sb_fs_cache(cache, sizeof cache, "code", err)
                     : sb_fail(err, SB_ENOMEM, "out of memory");
    for (int i = 0; code == 0 && i < job->cell_count; ++i) {
        if (!prepare(&units[i], job, &job->cell[i], cache)) {
            const char *reason = units[i].backend ? units[i].backend->absent_reason : "no backend";
            code = say(out_fd, describe(&units[i], "missing", reason), err);
        } else if (!seen(units, i)) {
            code = start(slots, count, &units[i], out_fd, err);
        }
    }
    while (code == 0 && busy(slots, count) > 0) {
        code = collect(slots, count, out_fd, err);
    }
    for (int i = 0; units && i < job->cell_count; ++i) {
        sb_launches_free(&units[i].launches);
    }
    free(units);
    return code;
}
