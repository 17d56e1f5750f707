/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/twin_file.h"

#include "backends/backend.h"
#include "harness/kernel_file/kernel_file.h"
#include "harness/plan/kernels.h"
#include "harness/util/json.h"

#include <stdlib.h>
#include <string.h>

#define POISON 0xA5

/* A file as a kernel of one case; the table comes first, so that its functions find the file. */
struct file_kernel {
    struct sb_kernel kernel;
    struct sb_tuning tunings[SB_MAX_TUNINGS];
    char name[64];
    const struct sb_kernel_file *file;
};

struct run {
    const json_t *spec;
    struct sb_kernel_file_options options;
    struct sb_kernel_file file;
    struct file_kernel kernel;
    struct sb_case c;
    const struct sb_backend *backend;
    struct sb_exec *exec;
    struct sb_artifact artifact;
    json_t *observed, *differences;
    unsigned char *first[SB_MAX_ARRAYS]; /* results of the first repetition; NULL for inputs */
    bool differs[SB_MAX_ARRAYS];
    int first_warp, replays;
};

static int describe_arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    const struct sb_kernel_file *file = ((const struct file_kernel *)c->kernel)->file;
    for (int i = 0; i < file->array_count; ++i) {
        const struct sb_file_array *array = &file->array[i];
        out[i] = (struct sb_array){.name = array->name,
                                   .type = sb_element_type(array->element),
                                   .role = array->role,
                                   .rank = array->rank};
        memcpy(out[i].shape, array->shape, sizeof out[i].shape);
    }
    return file->array_count;
}

static void make_kernel(struct run *run)
{
    static const struct sb_param no_params[1];
    static const struct sb_preset no_presets[1];
    struct file_kernel *k = &run->kernel;
    const char *slash = strrchr(run->file.path, '/');
    const char *stem = slash ? slash + 1 : run->file.path;
    snprintf(k->name, sizeof k->name, "%.*s", (int)strcspn(stem, "."), stem);
    k->file = &run->file;
    k->kernel = (struct sb_kernel){.abi = SB_KERNEL_ABI,
                                   .name = k->name,
                                   .title = k->name,
                                   .source = run->file.path,
                                   .params = no_params,
                                   .presets = no_presets,
                                   .tunings = k->tunings,
                                   .precisions = 1U << SB_DOUBLE,
                                   .arrays = describe_arrays};
    const size_t length = strlen(run->file.path);
    const bool dialect = length > 6 && strcmp(run->file.path + length - 6, ".dev.c") == 0;
    run->c = (struct sb_case){.kernel = &k->kernel,
                              .label = "",
                              .variant = dialect ? "portable" : "native",
                              .maths = SB_STRICT,
                              .index_bits = 32,
                              .seed = (uint64_t)sb_json_integer_or(run->spec, "seed", 1)};
    for (int i = 0; i < run->file.define_count; ++i) {
        k->tunings[i] = (struct sb_tuning){.name = run->file.define[i].name, .help = "-D"};
        run->c.tuning[i] = run->file.define[i].value;
    }
}

static int take_texts(struct sb_strings *out, const json_t *spec, const char *key,
                      struct sb_error *err)
{
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach (json_object_get(spec, key), i, item) {
        if (!json_is_string(item) || sb_strings_add(out, json_string_value(item)) != 0) {
            return sb_fail(err, SB_EPARSE, "%s[%zu]: expected a string", key, i);
        }
    }
    return 0;
}

static int find_twin(struct run *run, struct sb_error *err)
{
    static struct sb_probe found;
    run->backend = sb_backend_find("twin");
    if (!run->backend || run->backend->absent_reason) {
        return sb_fail(err, SB_EABSENT, "%s",
                       run->backend ? run->backend->absent_reason : "this runner has no twin");
    }
    run->backend->probe(&found);
    return found.count > 0 ? 0
                           : sb_fail(err, SB_EABSENT, found.remedy[0] ? "%s (%s)" : "%s",
                                     found.reason, found.remedy);
}

static int load(struct run *run, struct sb_error *err)
{
    char folder[sizeof run->file.path];
    snprintf(folder, sizeof folder, "%s", run->file.path);
    char *slash = strrchr(folder, '/');
    snprintf(slash ? slash : folder, 2, "%s", slash == folder ? "/" : slash ? "" : ".");
    const unsigned toggles =
        json_is_true(json_object_get(run->spec, "counts")) ? SB_TOGGLE_COUNT : 0;
    const struct sb_source source = {.c = &run->c,
                                     .folder = folder,
                                     .file = run->file.path,
                                     .include = sb_kernels_folder(),
                                     .target = "native",
                                     .cache = sb_json_text_or(run->spec, "cache", "/tmp"),
                                     .threads = 1,
                                     .toggles = toggles,
                                     .launches = &run->file.launches};
    const int warp = (int)sb_json_integer_or(run->spec, "warp", 0);
    const struct sb_exec_options options = {
        .threads = 1, .toggles = toggles, .warp = warp ? warp : run->file.warp};
    int code = run->backend->compile(&run->artifact, &source, err);
    code = code != 0 ? code : run->backend->open(&run->exec, &options, err);
    return code != 0 ? code : run->backend->load(run->exec, &run->artifact, &source, err);
}

/* Uploads the inputs; poison where a kernel ought to write first. */
static int reset_arrays(struct run *run, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < run->file.array_count; ++i) {
        const struct sb_file_array *array = &run->file.array[i];
        const size_t bytes = sb_file_array_bytes(array);
        void *values = malloc(bytes);
        if (!values) {
            return sb_fail(err, SB_ENOMEM, "no memory for array '%s' (%zu bytes)", array->name,
                           bytes);
        }
        memset(values, POISON, bytes);
        sb_file_array_fill(values, array, run->c.seed + (uint64_t)i * 0x10001U);
        code = run->backend->upload(run->exec, i, values, err);
        free(values);
    }
    return code;
}

static int repeat(struct run *run, struct sb_error *err)
{
    uint64_t time_ns = 0;
    int code = reset_arrays(run, err);
    code = code != 0 ? code : run->backend->repeat(&time_ns, run->exec, &run->file.launches, err);
    return code == 0 && run->backend->guard ? run->backend->guard(run->exec, err) : code;
}

static int warp_now(const struct run *run)
{
    json_t *observed = run->backend->observe(run->exec);
    const int size = (int)sb_json_integer_or(observed, "warp_size", 0);
    json_decref(observed);
    return size;
}

/* The element of array @p i that first differs from the first repetition's. */
static void tell_difference(struct run *run, int i, const unsigned char *now, int replay)
{
    const struct sb_file_array *array = &run->file.array[i];
    const size_t element = (size_t)array->element->scalar_bytes * (size_t)array->element->lanes;
    size_t at = 0;
    while (now[at] == run->first[i][at]) {
        ++at;
    }
    char text[320], was[64], is[64];
    const int warp = warp_now(run);
    const bool by_warp = warp != run->first_warp;
    const size_t scalar = (size_t)array->element->scalar_bytes;
    sb_file_scalar_show(was, sizeof was, array->element, run->first[i] + at / scalar * scalar);
    sb_file_scalar_show(is, sizeof is, array->element, now + at / scalar * scalar);
    if (by_warp) {
        snprintf(
            text, sizeof text,
            "warp: the result depends on the warp size: %s[%zu] is %s with %d lanes and %s with %d",
            array->name, at / element, was, run->first_warp, is, warp);
    } else {
        snprintf(text, sizeof text,
                 "order: the result depends on the order of threads and blocks: %s[%zu] is %s in "
                 "the first order and %s in order %d",
                 array->name, at / element, was, is, replay + 1);
    }
    json_array_append_new(run->differences,
                          json_pack("{s:s,s:s,s:s,s:I}", "kind", by_warp ? "warp" : "order", "text",
                                    text, "array", array->name, "index",
                                    (json_int_t)(at / element)));
    run->differs[i] = true;
}

/* Keeps the results of the first repetition, and compares those of later ones with them, bit by bit. */
static int compare(struct run *run, int replay, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < run->file.array_count; ++i) {
        const struct sb_file_array *array = &run->file.array[i];
        const size_t bytes = sb_file_array_bytes(array);
        if (array->role == SB_IN || array->role == SB_SCRATCH || run->differs[i]) {
            continue;
        }
        unsigned char *now = malloc(bytes);
        code = now ? run->backend->download(run->exec, i, now, err)
                   : sb_fail(err, SB_ENOMEM, "no memory for array '%s'", array->name);
        if (code == 0 && replay == 0) {
            run->first[i] = now;
            continue;
        }
        if (code == 0 && memcmp(now, run->first[i], bytes) != 0) {
            tell_difference(run, i, now, replay);
        }
        free(now);
    }
    return code;
}

/* A launch that was given up has no result to compare. */
static bool given_up(const struct run *run)
{
    json_t *observed = run->backend->observe(run->exec);
    const size_t count = json_array_size(json_object_get(observed, "findings"));
    json_decref(observed);
    return count > 0;
}

/* Differences that come with findings of other kinds are their consequence; they are not told twice. */
static int execute(struct run *run, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < run->file.array_count; ++i) {
        code = run->backend->allocate(run->exec, i, run->file.array[i].name,
                                      sb_file_array_bytes(&run->file.array[i]), err);
    }
    code = code != 0 ? code : repeat(run, err);
    code = code != 0 ? code : compare(run, 0, err);
    const int limit = (int)sb_json_integer_or(run->spec, "replays", 0);
    int count = code == 0 && run->backend->schedules ? run->backend->schedules(run->exec) : 1;
    count = limit > 0 && limit < count ? limit : count;
    run->first_warp = code == 0 ? warp_now(run) : 0;
    for (run->replays = 1; code == 0 && run->replays < count; ++run->replays) {
        code = repeat(run, err);
        code = code != 0 || given_up(run) ? code : compare(run, run->replays, err);
    }
    run->observed = run->backend->observe(run->exec);
    json_t *findings = json_object_get(run->observed, "findings");
    const bool found = json_array_size(findings) > 0;
    if (!found) {
        json_array_extend(findings, run->differences);
    }
    return found ? 0 : code;
}

static json_t *answer_of(const struct run *run)
{
    json_t *answer = json_pack("{s:s,s:s,s:i,s:i,s:{s:s,s:s,s:b}}", "state", "ran", "file",
                               run->file.path, "launches", run->file.launches.count, "replays",
                               run->replays, "build", "compiler", run->artifact.compiler, "flags",
                               run->artifact.flags, "cached", run->artifact.cached);
    json_object_update(answer, run->observed);
    return answer;
}

static const struct {
    int code, exit_code;
    const char *reason;
} ends[] = {{SB_EINVAL, SB_EXIT_USAGE, "usage"},    {SB_EPARSE, SB_EXIT_USAGE, "usage"},
            {SB_ENOTFOUND, SB_EXIT_USAGE, "usage"}, {SB_ECOMPILE, SB_EXIT_FAILED, "compile"},
            {SB_EDEVICE, SB_EXIT_FAILED, "device"}, {SB_EABSENT, SB_EXIT_NOTHING, "absent"},
            {SB_EINFRA, SB_EXIT_INFRA, "internal"}};

static int tell(int fd, int code, const struct run *run, const struct sb_error *said)
{
    struct sb_error err;
    const size_t last = sizeof ends / sizeof *ends - 1;
    size_t i = 0;
    while (i < last && ends[i].code != code) {
        ++i;
    }
    json_t *answer = code == 0
                         ? answer_of(run)
                         : json_pack("{s:s,s:s,s:s,s:s}", "state", "failed", "file", run->file.path,
                                     "reason", ends[i].reason, "text", said->text);
    const int wrote = sb_json_write_line(fd, answer, &err);
    json_decref(answer);
    return wrote != 0 ? SB_EXIT_INFRA : code == 0 ? 0 : ends[i].exit_code;
}

int sb_twin_file_run(const char *spec_path, int fd)
{
    struct sb_error err = {0};
    json_error_t fault;
    struct run *run = calloc(1, sizeof *run);
    json_t *spec = json_load_file(spec_path, 0, &fault);
    if (!run) {
        json_decref(spec);
        return SB_EXIT_INFRA;
    }
    run->spec = spec;
    run->differences = json_array();
    const char *path = NULL;
    int code = spec ? sb_json_text(&path, spec, "file", &err)
                    : sb_fail(&err, SB_EPARSE, "%s: %s", spec_path, fault.text);
    code = code != 0 ? code : take_texts(&run->options.defines, spec, "defines", &err);
    code = code != 0 ? code : take_texts(&run->options.launches, spec, "launches", &err);
    code = code != 0 ? code : take_texts(&run->options.arrays, spec, "arrays", &err);
    code = code != 0 ? code : sb_kernel_file_read(&run->file, path, &run->options, &err);
    if (code == 0) {
        make_kernel(run);
        code = find_twin(run, &err);
    }
    code = code != 0 ? code : load(run, &err);
    code = code != 0 ? code : execute(run, &err);
    const int exit_code = tell(fd, code, run, &err);
    if (run->exec) {
        run->backend->close(run->exec);
    }
    json_decref(run->observed);
    json_decref(run->differences);
    for (int i = 0; i < SB_MAX_ARRAYS; ++i) {
        free(run->first[i]);
    }
    sb_kernel_file_free(&run->file);
    sb_strings_free(&run->options.defines);
    sb_strings_free(&run->options.launches);
    sb_strings_free(&run->options.arrays);
    json_decref(spec);
    free(run);
    return exit_code;
}
