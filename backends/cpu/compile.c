/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/cpu/cpu.h"

#include "harness/build/compiler.h"

#include <stdlib.h>
#include <string.h>

/* Fast maths lets sums be reordered and multiplications fused, but NaN and infinity stay what they are: without them
 * a wrong result could pass (-ffast-math's -ffinite-math-only is left out for that). */
static const char fast_flags[] =
    "-ffp-contract=fast -fno-math-errno -fno-trapping-math -fassociative-math "
    "-fno-signed-zeros -freciprocal-math";
static const char strict_flags[] = "-ffp-contract=off -fno-math-errno -fno-trapping-math";

/* gcc prefers half of AVX-512's width where it does not know the processor; where it does not lose, the whole is faster. */
static const char *wide_flags(const char *target)
{
#if defined(__x86_64__)
    if (strcmp(target, "native") == 0 && __builtin_cpu_supports("avx512f")) {
        return "-mprefer-vector-width=512 ";
    }
#endif
    return strcmp(target, "x86-64-v4") == 0 ? "-mprefer-vector-width=512 " : "";
}

static bool serial(const struct sb_source *source)
{
    const unsigned one = SB_TOGGLE_SEQUENTIAL | SB_TOGGLE_REVERSED | SB_TOGGLE_SANITIZE;
    return source->threads == 1 || source->toggles & one;
}

/* clang for another machine has no OpenMP library here (Debian has libomp for its own machine only). */
static const char *openmp_flag(const struct sb_source *source, const struct sb_compiler *compiler)
{
    return serial(source) || (compiler->clang && compiler->flags[0]) ? "-fopenmp-simd" : "-fopenmp";
}

/* What the oracle changes; behind the usual flags, so that it wins. */
static void toggle_flags(char *out, size_t room, unsigned toggles)
{
    static const struct {
        unsigned toggle;
        const char *flags;
    } rows[] = {
        {SB_TOGGLE_UNOPTIMISED, " -O0 -g"},
        {SB_TOGGLE_DEBUG, " -O0 -ggdb3 -fno-omit-frame-pointer"},
        {SB_TOGGLE_NO_CONTRACT, " -ffp-contract=off"},
        {SB_TOGGLE_REVERSED, " -DSB_REVERSED=1"},
        {SB_TOGGLE_AUTO_ZERO, " -ftrivial-auto-var-init=zero"},
        {SB_TOGGLE_AUTO_PATTERN, " -ftrivial-auto-var-init=pattern"},
    };
    *out = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        const size_t used = strlen(out);
        if (toggles & rows[i].toggle) {
            snprintf(out + used, room - used, "%s", rows[i].flags);
        }
    }
}

static int make_flags(char *out, size_t room, const struct sb_source *source,
                      const struct sb_cpu_target *target, const struct sb_compiler *compiler,
                      struct sb_error *err)
{
    const struct sb_case *c = source->c;
    const char *march =
        strcmp(target->march, "native") == 0 ? sb_cpu_native_march() : target->march;
    if (strpbrk(source->include, " \"") || strpbrk(source->folder, " \"")) {
        return sb_fail(err, SB_EINVAL, "%s: a kernel folder's path must not have spaces or quotes",
                       source->folder);
    }
    int used = snprintf(
        out, room,
        "%s-std=gnu11 -O3 -march=%s %s-g1 -fPIC -fvisibility=hidden %s%s %s "
        "-Werror=implicit-function-declaration "
        "-DSB_REAL_FLOAT=%d -DSB_INDEX_64=%d -DSB_STRICT=%d -DSB_STREAM_STORES=%d -I%s -I%s",
        compiler->flags, march, target->family ? target->family->extra : "", wide_flags(march),
        openmp_flag(source, compiler), c->maths == SB_STRICT ? strict_flags : fast_flags,
        c->precision == SB_FLOAT, c->index_bits == 64, c->maths == SB_STRICT, source->stream_stores,
        source->include, source->folder);
    const struct sb_tuning *tunings = c->kernel->tunings;
    for (int i = 0; tunings && tunings[i].name && used > 0 && (size_t)used < room; ++i) {
        used +=
            snprintf(out + used, room - (size_t)used, " -D%s=%d", tunings[i].name, c->tuning[i]);
    }
    char more[600];
    toggle_flags(more, sizeof more, source->toggles);
    if (used > 0 && (size_t)used < room) {
        used += snprintf(out + used, room - (size_t)used, "%s%s", more,
                         source->toggles & SB_TOGGLE_SANITIZE ? sb_cpu_check_flags(compiler->clang)
                                                              : "");
    }
    return used > 0 && (size_t)used < room
               ? 0
               : sb_fail(err, SB_EINVAL, "the compiler flags do not fit");
}

static int compile_unit(struct sb_compiled *out, const char *unit, const char *flags,
                        const struct sb_source *source, const struct sb_compiler *compiler,
                        bool program, struct sb_error *err)
{
    char portable[1100];
    char dialect[1100];
    char what[300];
    snprintf(portable, sizeof portable, "%s/portable.h", source->include);
    snprintf(dialect, sizeof dialect, "%s/dialect", source->include);
    const char *slash = strrchr(source->file, '/');
    snprintf(what, sizeof what, "%.40s/%.200s", source->c->kernel->name,
             slash ? slash + 1 : source->file);
    const char *const depends[] = {source->folder, portable, dialect, NULL};
    return sb_compile_shared(out,
                             &(struct sb_compile_job){.compiler = compiler,
                                                      .flags = flags,
                                                      .text = unit,
                                                      .depends = depends,
                                                      .cache = source->cache,
                                                      .what = what,
                                                      .program = program},
                             err);
}

int sb_cpu_compile(struct sb_artifact *out, const struct sb_source *source, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    struct sb_compiler compiler;
    struct sb_cpu_target target;
    struct sb_compiled compiled;
    char *unit = NULL;
    if (!sb_cpu_target_parse(&target, source->target)) {
        return sb_fail(err, SB_EINVAL, "target '%.60s' is no processor's architecture",
                       source->target);
    }
    int code = sb_cpu_compiler(&compiler, &target, err);
    code = code != 0 ? code
                     : make_flags(out->flags, sizeof out->flags, source, &target, &compiler, err);
    code = code != 0 ? code : sb_cpu_unit(&unit, source, target.emulated, err);
    code = code != 0
               ? code
               : compile_unit(&compiled, unit, out->flags, source, &compiler, target.emulated, err);
    const size_t used = strlen(out->flags);
    if (code == 0 && source->c->maths == SB_STRICT && !compiler.clang &&
        sb_cpu_fuses(compiled.path)) { /* fused.c */
        snprintf(out->flags + used, sizeof out->flags - used, "%s",
                 " -fno-tree-loop-vectorize -fno-tree-slp-vectorize");
        code = compile_unit(&compiled, unit, out->flags, source, &compiler, target.emulated, err);
    }
    free(unit);
    if (code == 0) {
        memcpy(out->path, compiled.path, sizeof out->path);
        memcpy(out->key, compiled.key, sizeof out->key);
        snprintf(out->compiler, sizeof out->compiler, "%s", compiler.identity);
        out->cached = compiled.cached;
        out->compile_ns = compiled.cached ? 0 : compiled.compile_ns;
    }
    return code;
}
