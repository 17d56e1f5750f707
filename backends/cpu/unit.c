/* SPDX-License-Identifier: Apache-2.0 */
/* The translation unit: the kernel's source by #include, a launcher per function, and what the harness needs in it. */
#include "backends/cpu/cpu.h"

#include "harness/util/embedded.h"

#include <stdlib.h>
#include <string.h>

/* backends/cpu/device/ */
extern const struct sb_embedded sb_cpu_device_files[];

static const char *embedded(const char *name)
{
    const struct sb_embedded *file = sb_cpu_device_files;
    while (file->name && strcmp(file->name, name) != 0) {
        ++file;
    }
    return file->name ? file->bytes : "#error a file is missing from the runner\n";
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
    case SB_ARG_LOCAL:
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
              "                sb_block[0] = SB_REVERSED ? (index_t)sb_e[0] - 1 - x : x;\n"
              "                sb_block[1] = SB_REVERSED ? (index_t)sb_e[1] - 1 - y : y;\n"
              "                sb_block[2] = SB_REVERSED ? (index_t)sb_e[2] - 1 - z : z;\n"
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

static bool first_of_its_function(const struct sb_launches *launches, int i)
{
    bool first = true;
    for (int before = 0; before < i; ++before) {
        first = first && strcmp(launches->spec[before].function, launches->spec[i].function) != 0;
    }
    return first;
}

/* The launchers by name, for a program that nobody loads. */
static void write_table(FILE *unit, const struct sb_launches *launches)
{
    fputs(
        "static const struct sb_launcher {\n    const char *name;\n    void (*run)(void *const *, "
        "const long long *);\n} sb_launchers[] = {\n",
        unit);
    for (int i = 0; i < launches->count; ++i) {
        if (first_of_its_function(launches, i)) {
            fprintf(unit, "    {\"%s\", sb_run_%s},\n", launches->spec[i].function,
                    launches->spec[i].function);
        }
    }
    fputs("    {0, 0},\n};\n", unit);
}

int sb_cpu_unit(char **out, const struct sb_source *source, bool program, struct sb_error *err)
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
        if (first_of_its_function(source->launches, i)) {
            write_launcher(unit, &source->launches->spec[i]);
        }
    }
    fputs(embedded("service.h"), unit);
    if (program) {
        write_table(unit, source->launches);
        fputs(embedded("protocol.h"), unit);
        fputs(embedded("server.h"), unit);
    }
    if (source->toggles & SB_TOGGLE_SANITIZE) {
        fputs(embedded("checks.h"), unit);
        fputs(embedded("checker.h"), unit);
    }
    fclose(unit);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}
