/* SPDX-License-Identifier: Apache-2.0 */
/* From OpenCL C to a loadable object, step by step; each step is a run of clang on a file beside the object. */
#include "backends/twin/opencl.h"

#include "harness/build/compiler.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"
#include "harness/util/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMPILE_LIMIT_S 120.0
#define RECIPE                                                                                     \
    "6" /* of the steps below and their flags: counted up when they change, so that old objects are not taken */
#define FLAGS_MOST 96

/* One compilation: the names of its files begin with `stem`. */
struct steps {
    const struct sb_source *source;
    struct sb_compiler clang;
    char what[300], flags[2048], device[1024], stem[1100];
    char *text; /* preprocessed */
    char *log;  /* of the latest run of clang that failed */
};

bool sb_twin_is_opencl(const struct sb_source *source)
{
    const size_t length = strlen(source->file);
    return (length > 3 && strcmp(source->file + length - 3, ".cl") == 0) ||
           strcmp(source->target, "opencl") == 0;
}

static bool counted(const struct steps *s)
{
    return s->source->toggles & SB_TOGGLE_COUNT;
}

/* No contraction in either mode: what a device fuses differs, what it does not is the same everywhere. */
static int write_flags(struct steps *s, struct sb_error *err)
{
    const struct sb_case *c = s->source->c;
    int used = snprintf(s->flags, sizeof s->flags,
                        "-w -gdwarf-4 -O1 -fPIC -ffp-contract=off -fno-optimize-sibling-calls "
                        "-cl-kernel-arg-info -Xclang -cl-ext=+all -I%s -I%s",
                        s->source->folder, s->source->include);
    if (c) {
        used += snprintf(s->flags + used, sizeof s->flags - (size_t)used,
                         " -DSB_REAL_FLOAT=%d -DSB_INDEX_64=%d -DSB_STRICT=%d -DSB_EXACT=0",
                         c->precision == SB_FLOAT, c->index_bits == 64, c->maths == SB_STRICT);
    }
    const struct sb_tuning *tunings = c && c->kernel ? c->kernel->tunings : NULL;
    for (int i = 0; tunings && tunings[i].name && (size_t)used < sizeof s->flags; ++i) {
        used += snprintf(s->flags + used, sizeof s->flags - (size_t)used, " -D%s=%d",
                         tunings[i].name, c->tuning[i]);
    }
    return (size_t)used < sizeof s->flags
               ? 0
               : sb_fail(err, SB_EINVAL, "the compiler flags do not fit");
}

/* clang with words (NULL-terminated) and, where @p with_flags, the source's flags. The log is kept where it fails. */
static int run(struct steps *s, bool with_flags, const char *const *words, struct sb_error *err)
{
    char flags[sizeof s->flags], *rest = NULL;
    const char *argv[FLAGS_MOST + 1];
    int n = 0;
    argv[n++] = s->clang.path;
    snprintf(flags, sizeof flags, "%s", with_flags ? s->flags : "");
    for (char *f = strtok_r(flags, " ", &rest); f && n < FLAGS_MOST;
         f = strtok_r(NULL, " ", &rest)) {
        argv[n++] = f;
    }
    for (; *words && n < FLAGS_MOST; ++words) {
        argv[n++] = *words;
    }
    argv[n] = NULL;
    struct sb_process_result result;
    int code = n < FLAGS_MOST
                   ? sb_process_run(&result, argv, COMPILE_LIMIT_S, err)
                   : sb_fail(err, SB_EINVAL, "%s: more than %d flags", s->what, FLAGS_MOST);
    if (code != 0) {
        return code;
    }
    if (result.exit_status != 0) {
        free(s->log);
        s->log = result.output;
        const char *from = strstr(s->log, "error:");
        while (from && from > s->log && from[-1] != '\n') {
            --from;
        }
        return result.timed_out ? sb_fail(err, SB_ECOMPILE, "%s: clang did not end in %.0f s",
                                          s->what, COMPILE_LIMIT_S)
                                : sb_fail(err, SB_ECOMPILE, "%s does not compile: %.*s", s->what,
                                          3000, from ? from : s->log);
    }
    sb_process_result_free(&result);
    return 0;
}
#define RUN(s, with_flags, err, ...)                                                               \
    run(s, with_flags, (const char *const[]){__VA_ARGS__, NULL}, err)

static void file_name(char out[1200], const struct steps *s, const char *suffix)
{
    snprintf(out, 1200, "%s%s", s->stem, suffix);
}

static int preprocess(struct steps *s, struct sb_error *err)
{
    char file[1200];
    size_t length = 0;
    file_name(file, s, ".i");
    int code = RUN(s, true, err, "-x", "cl", "-cl-std=CL1.2", "-E", s->source->file, "-o", file);
    code = code != 0 ? code : sb_fs_read(&s->text, &length, file, err);
    unlink(file);
    return code;
}

static int count_errors(const char *log)
{
    int count = 0;
    for (const char *at = log ? strstr(log, " error: ") : NULL; at;
         at = strstr(at + 1, " error: ")) {
        ++count;
    }
    return count;
}

/* The oldest version of the language that takes the source; where none does, the one that minds least is believed. */
static int compile_source(struct steps *s, const char *ll, struct sb_error *err)
{
    static const char *const versions[] = {"-cl-std=CL1.2", "-cl-std=CL2.0"};
    /* sub-group functions that clang declares on request */
    static const char ballot[] = "-Dcl_khr_subgroup_ballot=1",
                      shuffle[] = "-Dcl_khr_subgroup_shuffle=1",
                      relative[] = "-Dcl_khr_subgroup_shuffle_relative=1";
    struct sb_error each[2] = {{0}, {0}};
    int code = SB_ECOMPILE, errors[2] = {0, 0};
    for (int v = 0; v < 2 && code == SB_ECOMPILE; ++v) {
        code = RUN(s, true, &each[v], "-x", "cl", versions[v], v ? ballot : "-w",
                   v ? shuffle : "-w", v ? relative : "-w", "-fsanitize=thread", "-Xclang",
                   "-disable-llvm-passes", "-emit-llvm", "-S", s->source->file, "-o", ll);
        errors[v] = code ? count_errors(s->log) : 0;
        if (code == 0) {
            snprintf(s->flags + strlen(s->flags), sizeof s->flags - strlen(s->flags), " %s",
                     versions[v]);
        }
    }
    if (code != 0 && err) {
        *err = each[errors[1] > 0 && errors[1] < errors[0]];
    }
    return code;
}

/* The instrumentation comes after all optimisation, so that it watches what is left of the accesses. Counted: calls and
 * basic blocks are told too; no jumps whose target is not in the code (counts/layout.h). */
static int instrument(struct steps *s, const char *ll, const char *object, struct sb_error *err)
{
    if (counted(s)) {
        return RUN(s, false, err, "-x", "ir", ll, "-w", "-gdwarf-4", "-O1", "-fPIC",
                   "-fsanitize=thread", "-mllvm", "-tsan-distinguish-volatile=1", "-mllvm",
                   "-tsan-instrument-read-before-write=1",
                   "-fsanitize-coverage=bb,trace-pc,no-prune", "-fno-jump-tables", "-mllvm",
                   "-tail-dup-placement=false", "-mllvm", "-enable-tail-merge=false", "-c", "-o",
                   object);
    }
    return RUN(s, false, err, "-x", "ir", ll, "-w", "-gdwarf-4", "-O1", "-fPIC",
               "-fsanitize=thread", "-mllvm", "-tsan-instrument-func-entry-exit=0", "-mllvm",
               "-tsan-distinguish-volatile=1", "-mllvm", "-tsan-instrument-read-before-write=1",
               "-c", "-o", object);
}

/* -Bsymbolic: a kernel may have the name of a function of libc. */
static int link_object(struct steps *s, const char *object, const char *launcher, const char *ir,
                       const char *to, struct sb_error *err)
{
    static struct sb_cl_library library;
    int code = sb_cl_library(&library, &s->clang, s->device, counted(s), ir, s->source->cache, err);
    char include[1100];
    const char *words[FLAGS_MOST];
    int n = 0;
    snprintf(include, sizeof include, "-I%s", s->device);
    const char *const first[] = {"-shared",
                                 "-w",
                                 "-O1",
                                 "-fPIC",
                                 include,
                                 "-Wl,--gc-sections",
                                 "-Wl,-Bsymbolic",
                                 "-Wl,--no-undefined",
                                 "-o",
                                 to,
                                 "-x",
                                 "c",
                                 launcher,
                                 "-x",
                                 "none",
                                 object};
    for (size_t i = 0; i < sizeof first / sizeof *first; ++i) {
        words[n++] = first[i];
    }
    for (int i = 0; i < library.count && n < FLAGS_MOST - 8; ++i) {
        words[n++] = library.path[i];
    }
    words[n++] = "-lm";
    words[n] = NULL;
    code = code != 0 ? code : run(s, false, words, err);
    return code == SB_ECOMPILE && s->log
               ? sb_cl_refuse_unlinked(s->log, s->text, s->source->file, err)
               : code;
}

/* All steps into the file @p to. */
static int build(struct steps *s, const char *to, struct sb_error *err)
{
    static struct sb_cl_kernel kernels[SB_CL_KERNELS_MOST];
    char ll[1200], object[1200], launcher_file[1200];
    char *ir = NULL, *rewritten = NULL, *launcher = NULL;
    size_t length = 0;
    file_name(ll, s, ".ll");
    file_name(object, s, ".o");
    file_name(launcher_file, s, ".c");
    int code = sb_cl_refuse(s->text, s->source->file, err);
    code = code != 0 ? code : compile_source(s, ll, err);
    code = code != 0 ? code : sb_fs_read(&ir, &length, ll, err);
    const int count = code == 0 ? sb_cl_kernels(kernels, SB_CL_KERNELS_MOST, ir) : 0;
    if (count > SB_CL_KERNELS_MOST) {
        code = sb_fail(err, SB_EABSENT,
                       "the twin does not take more than %d kernels in a file: %s has %d",
                       SB_CL_KERNELS_MOST, s->what, count);
    }
    code = code != 0 ? code
                     : sb_cl_launcher(&launcher, kernels, count, s->source->launches, s->what, err);
    code = code != 0 ? code : sb_cl_rewrite(&rewritten, ir, err);
    code = code != 0 ? code : sb_fs_write(ll, rewritten, strlen(rewritten), err);
    code = code != 0 ? code : sb_fs_write(launcher_file, launcher, strlen(launcher), err);
    code = code != 0 ? code : instrument(s, ll, object, err);
    code = code != 0 ? code : link_object(s, object, launcher_file, ir, to, err);
    if (!getenv("SWITCHBENCH_KEEP")) {
        unlink(ll);
        unlink(object);
        unlink(launcher_file);
    }
    free(ir);
    free(rewritten);
    free(launcher);
    return code;
}

/* What decides the object: the text with all it includes, flags, compiler, the built-ins, and how it is launched. */
static int key_of(char out[65], const struct steps *s, struct sb_error *err)
{
    struct sb_hash *hash = sb_hash_new();
    if (!hash) {
        return SB_ENOMEM;
    }
    sb_hash_add_text(hash, RECIPE);
    sb_hash_add_text(hash, s->clang.identity);
    sb_hash_add_text(hash, s->flags);
    sb_hash_add_text(hash, counted(s) ? "counted" : "");
    sb_hash_add_text(hash, s->text);
    const int code = sb_cl_library_hash(hash, s->device, err);
    for (int i = 0; i < s->source->launches->count; ++i) {
        const struct sb_launch_spec *spec = &s->source->launches->spec[i];
        sb_hash_add_text(hash, spec->function);
        sb_hash_add(hash, spec->shape.block, sizeof spec->shape.block);
        for (int k = 0; k < spec->arg_count; ++k) {
            sb_hash_add(hash, &spec->args[k].kind, sizeof spec->args[k].kind);
            if (spec->args[k].kind == SB_ARG_LOCAL) {
                sb_hash_add(hash, &spec->args[k].integer, sizeof spec->args[k].integer);
            }
        }
    }
    sb_hash_finish(hash, out);
    return code;
}

static int prepare(struct steps *s, struct sb_error *err)
{
    const char *slash = strrchr(s->source->file, '/');
    const char *name = slash ? slash + 1 : s->source->file;
    if (strpbrk(s->source->include, " \"") || strpbrk(s->source->folder, " \"")) {
        return sb_fail(err, SB_EINVAL, "%s: a kernel folder's path must not have spaces or quotes",
                       s->source->folder);
    }
    snprintf(s->what, sizeof s->what, "%.200s", name);
    snprintf(s->device, sizeof s->device, "%s/../backends/twin/device", s->source->include);
    int code = sb_compiler_find_clang(&s->clang, err);
    code = code != 0 ? code : sb_fs_mkdirs(s->source->cache, err);
    code = code != 0 ? code : sb_fs_join(s->stem, sizeof s->stem - 40, s->source->cache, name, err);
    snprintf(s->stem + strlen(s->stem), 40, ".%ld", (long)getpid());
    return code != 0 ? code : write_flags(s, err);
}

int sb_twin_opencl_compile(struct sb_artifact *out, const struct sb_source *source,
                           struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    struct steps s = {.source = source};
    char name[80];
    int code = prepare(&s, err);
    code = code != 0 ? code : preprocess(&s, err);
    code = code != 0 ? code : key_of(out->key, &s, err);
    snprintf(name, sizeof name, "%s.so", out->key);
    code = code != 0 ? code : sb_fs_join(out->path, sizeof out->path, source->cache, name, err);
    const unsigned long long begun = sb_process_now_ns();
    out->cached = code == 0 && access(out->path, R_OK) == 0;
    if (code == 0 && !out->cached) {
        char to[1200];
        file_name(to, &s, ".so");
        code = build(&s, to, err);
        if (code == 0 && rename(to, out->path) != 0) {
            code = sb_fail(err, SB_EIO, "cannot write %s", out->path);
        }
        unlink(to);
        out->compile_ns = sb_process_now_ns() - begun;
    }
    snprintf(out->compiler, sizeof out->compiler, "%s", s.clang.identity);
    snprintf(out->flags, sizeof out->flags, "%s", s.flags);
    free(s.text);
    free(s.log);
    return code;
}
