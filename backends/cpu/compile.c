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
    (void)target;
    return "";
}

static bool for_this_machine(const char *target)
{
#if defined(__x86_64__)
    return strncmp(target, "x86-64", 6) == 0;
#elif defined(__aarch64__)
    return strncmp(target, "armv8", 5) == 0 || strncmp(target, "armv9", 5) == 0;
#elif defined(__riscv)
    return strncmp(target, "rv64", 4) == 0;
#else
    (void)target;
    return false;
#endif
}

int sb_cpu_flags(char *out, size_t room, const struct sb_source *source, struct sb_error *err)
{
    const struct sb_case *c = source->c;
    const bool native = strcmp(source->target, "native") == 0;
    if (strspn(source->target,
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-") !=
        strlen(source->target)) {
        return sb_fail(err, SB_EINVAL, "target '%.60s' is no name of an architecture",
                       source->target);
    }
    if (!native && !for_this_machine(source->target)) {
        return sb_fail(err, SB_EABSENT, "target %s is not of this machine's architecture",
                       source->target);
    }
    if (strpbrk(source->include, " \"") || strpbrk(source->folder, " \"")) {
        return sb_fail(err, SB_EINVAL, "%s: a kernel folder's path must not have spaces or quotes",
                       source->folder);
    }
    int used = snprintf(
        out, room,
        "-std=gnu11 -O3 -march=%s -g1 -fPIC -fvisibility=hidden %s%s %s "
        "-Werror=implicit-function-declaration "
        "-DSB_REAL_FLOAT=%d -DSB_INDEX_64=%d -DSB_STRICT=%d -DSB_STREAM_STORES=%d -I%s -I%s",
        source->target, wide_flags(source->target),
        source->threads == 1 ? "-fopenmp-simd" : "-fopenmp",
        c->maths == SB_STRICT ? strict_flags : fast_flags, c->precision == SB_FLOAT,
        c->index_bits == 64, c->maths == SB_STRICT, source->stream_stores, source->include,
        source->folder);
    const struct sb_tuning *tunings = c->kernel->tunings;
    for (int i = 0; tunings && tunings[i].name && used > 0 && (size_t)used < room; ++i) {
        used +=
            snprintf(out + used, room - (size_t)used, " -D%s=%d", tunings[i].name, c->tuning[i]);
    }
    return used > 0 && (size_t)used < room
               ? 0
               : sb_fail(err, SB_EINVAL, "the compiler flags do not fit");
}

/* How a launcher reads each argument from its array of pointers. */
static const char *read_as(enum sb_arg_kind kind)
{
    switch (kind) {
    case SB_ARG_REAL:
        return "*(const real *)";
    case SB_ARG_INDEX:
        return "*(const index_t *)";
    case SB_ARG_INT32:
        return "*(const int32_t *)";
    case SB_ARG_UINT32:
        return "*(const uint32_t *)";
    case SB_ARG_ARRAY:
    case SB_ARG_END:
        break;
    }
    return "";
}

static void write_call(FILE *unit, const struct sb_launch_spec *spec)
{
    fprintf(unit, "%s(", spec->function);
    for (int i = 0; i < spec->arg_count; ++i) {
        fprintf(unit, "%s%ssb_a[%d]", i ? ", " : "", read_as(spec->args[i].kind), i);
    }
    fputs(");\n", unit);
}

static void write_launcher(FILE *unit, const struct sb_launch_spec *spec)
{
    fprintf(unit, "SB_EXPORT void sb_run_%s(void *const *sb_a, const long long *sb_e)\n{\n",
            spec->function);
    if (spec->shape.spread == SB_SPREAD_BLOCKS) {
        fputs("    for (int d = 0; d < 3; ++d) {\n        sb_blocks[d] = (index_t)sb_e[d];\n    }\n"
              "    SB_PRAGMA(omp parallel for collapse(3) schedule(static))\n"
              "    for (index_t z = 0; z < (index_t)sb_e[2]; ++z) {\n"
              "        for (index_t y = 0; y < (index_t)sb_e[1]; ++y) {\n"
              "            for (index_t x = 0; x < (index_t)sb_e[0]; ++x) {\n"
              "                sb_block[0] = x;\n                sb_block[1] = y;\n                "
              "sb_block[2] = z;\n"
              "                ",
              unit);
        write_call(unit, spec);
        fputs("            }\n        }\n    }\n}\n", unit);
    } else {
        fputs("    (void)sb_e;\n    ", unit);
        write_call(unit, spec);
        fputs("}\n", unit);
    }
}

/* What a loaded object offers beside its launchers: threads as they are bound, first touch, subnormals. */
static const char service[] =
    "SB_EXPORT void sb_touch(unsigned char *p, size_t bytes)\n{\n"
    "    const long long pages = (long long)((bytes + 4095) / 4096);\n"
    "    SB_PRAGMA(omp parallel for schedule(static))\n"
    "    for (long long i = 0; i < pages; ++i) {\n        p[i * 4096] = 0;\n    }\n}\n"
    "static void sb_flush(int on)\n{\n"
    "#if defined(__x86_64__)\n"
    "    const unsigned mask = 0x8040U; /* FTZ | DAZ */\n"
    "    __builtin_ia32_ldmxcsr(on ? __builtin_ia32_stmxcsr() | mask : __builtin_ia32_stmxcsr() & "
    "~mask);\n"
    "#elif defined(__aarch64__)\n"
    "    unsigned long r;\n    __asm__ volatile(\"mrs %0, fpcr\" : \"=r\"(r));\n"
    "    r = on ? r | (1UL << 24) : r & ~(1UL << 24);\n    __asm__ volatile(\"msr fpcr, %0\" : : "
    "\"r\"(r));\n"
    "#else\n    (void)on;\n#endif\n}\n"
    "SB_EXPORT int sb_setup(int flush, int *cpus, int room)\n{\n    int threads = 1;\n"
    "    SB_PRAGMA(omp parallel)\n    {\n        sb_flush(flush);\n"
    "#ifdef _OPENMP\n        const int me = omp_get_thread_num();\n"
    "        if (me == 0) {\n            threads = omp_get_num_threads();\n        }\n#else\n      "
    "  const int me = 0;\n#endif\n"
    "        if (me < room) {\n            cpus[me] = sched_getcpu();\n        }\n    }\n    "
    "return threads;\n}\n"
    "SB_EXPORT void sb_flush_here(int on)\n{\n    sb_flush(on);\n}\n";

int sb_cpu_unit(char **out, const struct sb_source *source, struct sb_error *err)
{
    size_t length = 0;
    FILE *unit = open_memstream(out, &length);
    if (!unit) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    fprintf(unit,
            "#define _GNU_SOURCE\n#include <sched.h>\n#include <stddef.h>\n#ifdef "
            "_OPENMP\n#include <omp.h>\n#endif\n"
            "#include \"portable.h\"\n#include \"%s\"\n"
            "#define SB_EXPORT __attribute__((visibility(\"default\")))\n"
            "#pragma GCC diagnostic ignored \"-Wmissing-prototypes\"\n",
            source->file);
    for (int i = 0; i < source->launches->count; ++i) {
        bool written = false;
        for (int before = 0; before < i; ++before) {
            written = written || strcmp(source->launches->spec[before].function,
                                        source->launches->spec[i].function) == 0;
        }
        if (!written) {
            write_launcher(unit, &source->launches->spec[i]);
        }
    }
    fputs(service, unit);
    fclose(unit);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

int sb_cpu_compile(struct sb_artifact *out, const struct sb_source *source, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    struct sb_compiler compiler;
    char *unit = NULL;
    int code = sb_compiler_find(&compiler, err);
    code = code != 0 ? code : sb_cpu_flags(out->flags, sizeof out->flags, source, err);
    code = code != 0 ? code : sb_cpu_unit(&unit, source, err);
    if (code != 0) {
        return code;
    }
    char portable[1100];
    char dialect[1100];
    char what[300];
    snprintf(portable, sizeof portable, "%s/portable.h", source->include);
    snprintf(dialect, sizeof dialect, "%s/dialect", source->include);
    const char *slash = strrchr(source->file, '/');
    snprintf(what, sizeof what, "%.40s/%.200s", source->c->kernel->name,
             slash ? slash + 1 : source->file);
    const char *const depends[] = {source->folder, portable, dialect, NULL};
    struct sb_compiled compiled;
    code = sb_compile_shared(&compiled,
                             &(struct sb_compile_job){.compiler = &compiler,
                                                      .flags = out->flags,
                                                      .text = unit,
                                                      .depends = depends,
                                                      .cache = source->cache,
                                                      .what = what},
                             err);
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
