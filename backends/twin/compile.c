/* SPDX-License-Identifier: Apache-2.0 */
/* From a kernel's source to an object for the twin: the preprocessor, rewrite.c, the ordinary compiler with the
 * instrumentation of ThreadSanitizer (and our callbacks in place of its library), the linker. */
#include "backends/twin/twin.h"

#include "backends/twin/opencl.h"
#include "backends/twin/rewrite.h"
#include "harness/build/compiler.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMPILE_LIMIT_S 300.0
#define ARGS_MOST 96

/* Fused multiply-add as an instruction: on x86 only newer processors have it, elsewhere every one. */
#if defined(__x86_64__)
#define FUSED " -march=native "
#else
#define FUSED " "
#endif
static const char strict_maths[] = "-ffp-contract=off";
static const char fast_maths[] = "-ffp-contract=fast -fno-math-errno -fno-trapping-math";
/* A load that the source does not make would be a race that is not there, and what is merged loses its line: nothing is
 * hoisted, made unconditional or merged before the accesses are watched. */
#define AS_WRITTEN                                                                                 \
    "-fno-tree-loop-im -fno-tree-pre -fno-code-hoisting -fno-hoist-adjacent-loads "                \
    "-fno-tree-cselim -fno-tree-tail-merge "                                                       \
    "-fno-ipa-icf -fno-ipa-sra "
#define GCC_CALLS                                                                                  \
    "-fno-builtin-memcpy -fno-builtin-memmove -fno-builtin-memset " /* access.c has them, watched */
static const char gcc_watch[] =
    AS_WRITTEN GCC_CALLS "-fsanitize=thread --param=tsan-instrument-func-entry-exit=0 "
                         "--param=tsan-distinguish-volatile=1";
/* counted: calls and basic blocks are told too; no jumps whose target is not in the code (counts/layout.h). */
static const char gcc_count[] = AS_WRITTEN GCC_CALLS
    "-fsanitize=thread --param=tsan-distinguish-volatile=1 "
    "-fsanitize-coverage=trace-pc -fno-reorder-blocks -fno-jump-tables -fno-thread-jumps";
static const char clang_watch[] =
    "-fsanitize=thread -mllvm -tsan-instrument-func-entry-exit=0 "
    "-mllvm -tsan-distinguish-volatile=1 -mllvm -tsan-instrument-memintrinsics=1 "
    "-mllvm -tsan-instrument-read-before-write=1 "
    "-mllvm -simplifycfg-sink-common=false -mllvm -simplifycfg-hoist-common=false";

/* One compilation: files beside the object, named after it. */
struct work {
    const struct sb_source *source;
    struct sb_compiler compiler;
    char device[1024]; /* folder of the twin's headers */
    char flags[2048];
    char unit[1100], expanded[1100], rewritten[1100], object[1100], runtime[1100], result[1100];
    struct sb_error *err;
};

static bool ends_with(const char *text, const char *end)
{
    const size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

static bool is_hip(const struct sb_source *source)
{
    return ends_with(source->file, ".hip");
}

static bool counted(const struct work *w)
{
    return w->source->toggles & SB_TOGGLE_COUNT;
}

static const char *watch_flags(const struct work *w)
{
    return w->compiler.clang ? clang_watch : counted(w) ? gcc_count : gcc_watch;
}

static int write_flags(struct work *w)
{
    const struct sb_source *source = w->source;
    const struct sb_case *c = source->c;
    if (counted(w) && w->compiler.clang) {
        return sb_fail(w->err, SB_EABSENT,
                       "counts are made of code that g++ compiles (apt-get install g++)");
    }
    if (strpbrk(source->include, " \"")) {
        return sb_fail(w->err, SB_EINVAL,
                       "%s: the path of the kernels must not have spaces or quotes",
                       source->include);
    }
    if (strpbrk(source->file, "\"\n")) { /* it stands in an #include */
        return sb_fail(w->err, SB_EINVAL, "%s: the twin takes no file with a quote in its path",
                       source->file);
    }
    const bool contract = c->maths == SB_FAST && !(source->toggles & SB_TOGGLE_NO_CONTRACT);
    int used = snprintf(
        w->flags, sizeof w->flags,
        "-std=gnu++17 %s -gdwarf-4" FUSED
        "-fPIC -fvisibility=hidden -fdata-sections -fno-exceptions "
        "-fno-stack-protector -fno-delete-null-pointer-checks -fstack-clash-protection "
        "-fno-optimize-sibling-calls -Wno-attributes -Wno-unknown-pragmas %s %s -DSB_REAL_FLOAT=%d "
        "-DSB_INDEX_64=%d -DSB_STRICT=%d -DSB_STREAM_STORES=0 -DSB_TWIN=1 %s%s%s -I%s -I%s "
        "-I%s/include",
        source->toggles & (SB_TOGGLE_UNOPTIMISED | SB_TOGGLE_DEBUG) ? "-O0"
        : counted(w)                                                ? "-O1"
                                                                    : "-O2 -fno-tree-vectorize",
        watch_flags(w), contract ? fast_maths : strict_maths, c->precision == SB_FLOAT,
        c->index_bits == 64, c->maths == SB_STRICT,
        is_hip(source) ? "-D__HIPCC__=1 -D__HIP_PLATFORM_AMD__=1 -DSB_TWIN_HIP=1"
                       : "-DSB_TWIN_CUDA=1",
        source->toggles & SB_TOGGLE_REVERSED ? " -DSB_REVERSED=1" : "",
        source->toggles & SB_TOGGLE_BARRIERS ? " -DSB_BARRIERS=1" : "", w->device, source->include,
        w->device);
    return used > 0 && (size_t)used < sizeof w->flags
               ? 0
               : sb_fail(w->err, SB_EINVAL, "the compiler flags do not fit");
}

/* The dialect takes its GPU form; CUDA's own macros stand for the compiler that is not there. */
static char *unit_text(const struct work *w)
{
    char *text = NULL;
    size_t length = 0;
    FILE *unit = open_memstream(&text, &length);
    if (!unit) {
        return NULL;
    }
    const bool portable = ends_with(w->source->file, ".c");
    fprintf(unit, "#include \"%s/cuda.h\"\n#include \"%s/launcher.h\"\n", w->device, w->device);
    fputs(portable ? "#define SB_DIALECT_HEADER \"dialect/gpu.h\"\n"
          : is_hip(w->source)
              ? "#define __HIP__ 1\n#define __HIP_DEVICE_COMPILE__ 1\n"
              : "#define __CUDACC__ 1\n#define __NVCC__ 1\n#define __CUDA_ARCH__ 900\n",
          unit);
    const struct sb_case *c = w->source->c;
    for (const struct sb_tuning *t = c->kernel->tunings; t && t->name;
         ++t) { /* after our headers, which know them not */
        fprintf(unit, "#define %s %d\n", t->name, c->tuning[t - c->kernel->tunings]);
    }
    fprintf(unit, "#include \"%s\"\n", w->source->file);
    const struct sb_launches *launches = w->source->launches;
    for (int i = 0; i < launches->count; ++i) {
        if (sb_twin_launcher(launches, i) == i) {
            fprintf(unit, "SB_TWIN_LAUNCHER(%d, %s)\n", i, launches->spec[i].function);
        }
    }
    fclose(unit);
    return text;
}

int sb_twin_launcher(const struct sb_launches *launches, int launch)
{
    int first = 0;
    while (strcmp(launches->spec[first].function, launches->spec[launch].function) != 0) {
        ++first;
    }
    return first;
}

/* Adds the words of @p flags, which is cut up, to @p argv. */
static int add_words(const char **argv, int n, char *flags)
{
    char *rest = NULL;
    for (char *f = strtok_r(flags, " ", &rest); f && n < ARGS_MOST;
         f = strtok_r(NULL, " ", &rest)) {
        argv[n++] = f;
    }
    return n;
}

static int explain(const struct work *w, const char *log)
{
    const char *name = strrchr(w->source->file, '/');
    const char *from =
        strstr(log, "undefined reference"); /* the linker's own "error:" says nothing */
    from = from ? from : strstr(log, "error:");
    while (from && from > log && from[-1] != '\n') {
        --from;
    }
    return sb_fail(w->err, SB_ECOMPILE, "%s does not compile for the twin: %.3000s",
                   name ? name + 1 : w->source->file, from ? from : log);
}

static int run(const struct work *w, const char *const *argv)
{
    struct sb_process_result result;
    int code = sb_process_run(&result, argv, COMPILE_LIMIT_S, w->err);
    if (code != 0) {
        return code;
    }
    if (result.timed_out) {
        code = sb_fail(w->err, SB_ECOMPILE, "%s: the compiler did not end in %.0f s",
                       w->source->file, COMPILE_LIMIT_S);
    } else if (result.exit_status != 0) {
        code = explain(w, result.output);
    }
    sb_process_result_free(&result);
    return code;
}

/* One call of the compiler: words, then the case's flags, then the file. */
static int call_compiler(const struct work *w, const char *const *words, const char *out,
                         const char *file)
{
    char flags[sizeof w->flags];
    const char *argv[ARGS_MOST + 16] = {w->compiler.path};
    int n = 1;
    memcpy(flags, w->flags, sizeof flags);
    for (; *words; ++words) {
        argv[n++] = *words;
    }
    n = add_words(argv, n, flags);
    argv[n++] = "-I"; /* a word of its own: it may have spaces */
    argv[n++] = w->source->folder;
    argv[n++] = "-o";
    argv[n++] = out;
    argv[n++] = file;
    argv[n] = NULL;
    return run(w, argv);
}

static int expand_and_rewrite(const struct work *w, struct sb_rewritten *out)
{
    static const char *const words[] = {"-E", "-x", "c++", NULL};
    char *text = NULL;
    size_t length = 0;
    int code = call_compiler(w, words, w->expanded, w->unit);
    code = code != 0 ? code : sb_fs_read(&text, &length, w->expanded, w->err);
    code = code != 0 ? code : sb_rewrite(out, text, w->device, w->err);
    code = code != 0 ? code : sb_fs_write(w->rewritten, out->text, strlen(out->text), w->err);
    free(text);
    return code;
}

/* device/access.c: not instrumented, optimised, the same for every kernel. */
static int make_runtime(struct work *w)
{
    static const char flags[] = "-O2 -fPIC -fvisibility=hidden";
    char source[1100];
    snprintf(source, sizeof source, "%s/%s", w->device,
             counted(w) ? "access_counted.c" : "access.c");
    char log[1100];
    snprintf(log, sizeof log, "%s/../counts/log.h", w->device);
    const char *const depends[] = {w->device, log, NULL};
    char key[65];
    sb_compiler_key(
        key, &(struct sb_compile_job){
                 .compiler = &w->compiler, .flags = flags, .text = source, .depends = depends});
    snprintf(w->runtime, sizeof w->runtime, "%s/%s.o", w->source->cache, key);
    if (access(w->runtime, R_OK) == 0) {
        return 0;
    }
    char fresh[1200];
    snprintf(fresh, sizeof fresh, "%s.%ld", w->runtime, (long)getpid());
    const char *const argv[] = {
        w->compiler.path, "-x", "c", "-O2", "-fPIC", "-fvisibility=hidden", "-c", "-o", fresh,
        source,           NULL};
    const int code = run(w, argv);
    return code != 0 ? code
           : rename(fresh, w->runtime) == 0
               ? 0
               : sb_fail(w->err, SB_EIO, "cannot write %s", w->runtime);
}

static int link_object(const struct work *w, const struct sb_rewritten *rewritten)
{
    char script[1100];
    char aliases[SB_DYNAMIC_MOST][128];
    const char *argv[32] = {w->compiler.path, "-shared", "-nostartfiles", "-o",
                            w->result,        w->object, w->runtime};
    int n = 7;
    snprintf(script, sizeof script, "-Wl,-T,%s/object.ld", w->device);
    argv[n++] = script;
    for (int i = 0; i < rewritten->dynamic_count; ++i) {
        snprintf(aliases[i], sizeof aliases[i], "-Wl,--defsym=%s=sb_twin_dynamic",
                 rewritten->dynamic[i]);
        argv[n++] = aliases[i];
    }
    argv[n++] = "-Wl,-z,defs";
    argv[n++] = "-lm";
    argv[n] = NULL;
    return run(w, argv);
}

static int build(struct work *w)
{
    static const char *const words[] = {"-fpreprocessed", "-c", "-x", "c++-cpp-output", NULL};
    struct sb_rewritten rewritten;
    int code = expand_and_rewrite(w, &rewritten);
    if (code != 0) {
        return code;
    }
    code = call_compiler(w, w->compiler.clang ? words + 1 : words, w->object, w->rewritten);
    code = code != 0 ? code : make_runtime(w);
    code = code != 0 ? code : link_object(w, &rewritten);
    free(rewritten.text);
    return code;
}

static void name_files(struct work *w, const struct sb_artifact *out)
{
    const long pid = (long)getpid();
    snprintf(w->unit, sizeof w->unit, "%s.%ld.cpp", out->path, pid);
    snprintf(w->expanded, sizeof w->expanded, "%s.%ld.ii", out->path, pid);
    snprintf(w->rewritten, sizeof w->rewritten, "%s.%ld.cuda.ii", out->path, pid);
    snprintf(w->object, sizeof w->object, "%s.%ld.o", out->path, pid);
    snprintf(w->result, sizeof w->result, "%s.%ld.tmp", out->path, pid);
}

static void remove_files(const struct work *w)
{
    const char *const files[] = {w->unit, w->expanded, w->rewritten, w->object, w->result};
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
        unlink(files[i]);
    }
}

static int compile_text(struct work *w, struct sb_artifact *out, const char *text)
{
    const char *const depends[] = {w->source->folder, w->source->file, w->source->include,
                                   w->device, NULL};
    char dialect[1100];
    snprintf(dialect, sizeof dialect, "%s/dialect", w->source->include);
    const char *const all[] = {depends[0], depends[1], depends[2], depends[3], dialect, NULL};
    sb_compiler_key(out->key,
                    &(struct sb_compile_job){
                        .compiler = &w->compiler, .flags = w->flags, .text = text, .depends = all});
    char name[80];
    snprintf(name, sizeof name, "%s.so", out->key);
    int code = sb_fs_join(out->path, sizeof out->path, w->source->cache, name, w->err);
    snprintf(out->flags, sizeof out->flags, "%s", w->flags);
    snprintf(out->compiler, sizeof out->compiler, "%s", w->compiler.identity);
    out->cached = code == 0 && access(out->path, R_OK) == 0;
    if (code != 0 || out->cached) {
        return code;
    }
    const unsigned long long begun = sb_process_now_ns();
    name_files(w, out);
    code = sb_fs_mkdirs(w->source->cache, w->err);
    code = code != 0 ? code : sb_fs_write(w->unit, text, strlen(text), w->err);
    code = code != 0 ? code : build(w);
    if (code == 0 && rename(w->result, out->path) != 0) {
        code = sb_fail(w->err, SB_EIO, "cannot write %s", out->path);
    }
    remove_files(w);
    out->compile_ns = sb_process_now_ns() - begun;
    return code;
}

int sb_twin_compile(struct sb_artifact *out, const struct sb_source *source, struct sb_error *err)
{
    if (sb_twin_is_opencl(source)) {
        return sb_twin_opencl_compile(out, source, err);
    }
    memset(out, 0, sizeof *out);
    struct work w = {.source = source, .err = err};
    snprintf(w.device, sizeof w.device, "%s/../backends/twin/device", source->include);
    char real[4096];
    if (realpath(w.device, real)) { /* as the compiler's line markers will say it */
        snprintf(w.device, sizeof w.device, "%.1000s", real);
    }
    int code = sb_compiler_find_cxx(&w.compiler, err);
    code = code != 0 ? code : write_flags(&w);
    char *text = code == 0 ? unit_text(&w) : NULL;
    code = code != 0 ? code
           : text    ? compile_text(&w, out, text)
                     : sb_fail(err, SB_ENOMEM, "out of memory");
    free(text);
    return code;
}
