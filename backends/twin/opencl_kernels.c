/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of LLVM's text, by clang's notes on their arguments (-cl-kernel-arg-info), and the launcher they need. */
#include "backends/twin/opencl.h"
#include "backends/twin/twin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The line of note number @p name of @p function's line: "!58 = !{…}", at its first element. */
static const char *note(const char *ir, const char *line, const char *name)
{
    const char *end = strchr(line, '\n'), *at = strstr(line, name);
    char key[32];
    if (!at || (end && at > end)) {
        return NULL;
    }
    snprintf(key, sizeof key, "\n!%ld = !{", strtol(at + strlen(name) + 2, NULL, 10));
    const char *found = strstr(ir, key);
    return found ? found + strlen(key) : NULL;
}

/* The next element of a note: a string, or an integer as "i32 n"; NULL at the end. */
static const char *element(char *out, size_t room, const char *at)
{
    at += strspn(at, ", ");
    if (*at == '}' || *at == '\0' || *at == '\n') {
        return NULL;
    }
    const bool text = strncmp(at, "!\"", 2) == 0;
    at += text ? 2 : strncmp(at, "i32 ", 4) == 0 ? 4 : 0;
    const size_t length = strcspn(at, text ? "\"" : ",}");
    snprintf(out, room, "%.*s", (int)length, at);
    return at + length + text;
}

static void read_parameters(struct sb_cl_kernel *out, const char *ir, const char *line)
{
    const char *space = note(ir, line, "!kernel_arg_addr_space"),
               *type = note(ir, line, "!kernel_arg_base_type");
    const char *name = note(ir, line, "!kernel_arg_name");
    char number[32];
    while (space && type && name && out->count < SB_MAX_ARGS) {
        struct sb_cl_parameter *p = &out->parameter[out->count];
        space = element(number, sizeof number, space);
        type = space ? element(p->type, sizeof p->type, type) : NULL;
        name = type ? element(p->name, sizeof p->name, name) : NULL;
        p->space = atoi(number);
        out->count += name != NULL;
    }
}

/* `reqd_work_group_size !9` of the kernel's line. */
static void read_required(struct sb_cl_kernel *out, const char *ir, const char *line)
{
    char number[32];
    const char *at = note(ir, line, "!reqd_work_group_size");
    for (int d = 0; d < 3 && at; ++d) {
        at = element(number, sizeof number, at);
        out->required[d] = at ? atoi(number) : 0;
    }
}

int sb_cl_kernels(struct sb_cl_kernel *out, int room, const char *ir)
{
    int count = 0;
    for (const char *line = strstr(ir, "\ndefine "); line; line = strstr(line + 1, "\ndefine ")) {
        const char *end = strchr(line + 1, '\n'), *at = strchr(line, '@'),
                   *kernel = strstr(line, "!kernel_arg_type ");
        if (!at || !kernel || (end && kernel > end)) {
            continue;
        }
        if (count < room) {
            out[count] = (struct sb_cl_kernel){.count = 0};
            snprintf(out[count].name, sizeof out[count].name, "%.*s", (int)strcspn(at + 1, "("),
                     at + 1);
            read_parameters(&out[count], ir, line + 1);
            read_required(&out[count], ir, line + 1);
        }
        ++count;
    }
    return count;
}

static const struct sb_cl_kernel *find(const struct sb_cl_kernel *kernels, int count,
                                       const char *name)
{
    for (int pass = 0; pass < 2; ++pass) {
        for (int i = 0; i < count; ++i) {
            /* the dialect puts sb_ before its kernels' names */
            const char *own =
                kernels[i].name + (pass && strncmp(kernels[i].name, "sb_", 3) == 0 ? 3 : 0);
            if (strcmp(own, name) == 0) {
                return &kernels[i];
            }
        }
    }
    return NULL;
}

/* C's type for OpenCL's scalar, or NULL. */
static const char *c_type(const char *type)
{
    static const char *const types[][2] = {{"char", "signed char"}, {"uchar", "unsigned char"},
                                           {"short", "short"},      {"ushort", "unsigned short"},
                                           {"int", "int"},          {"uint", "unsigned"},
                                           {"long", "long long"},   {"ulong", "unsigned long long"},
                                           {"float", "float"},      {"double", "double"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; ++i) {
        if (strcmp(types[i][0], type) == 0) {
            return types[i][1];
        }
    }
    return NULL;
}
static bool is_pointer(const struct sb_cl_parameter *p)
{
    return p->space != 0;
}
static bool is_real(const char *type)
{
    return strcmp(type, "float") == 0 || strcmp(type, "double") == 0;
}

/* Bytes that the launches give to __local parameter @p i: the most of all. */
static int64_t local_bytes(const struct sb_launches *launches, const char *function, int i)
{
    int64_t most = 0;
    for (int n = 0; launches && n < launches->count; ++n) {
        const struct sb_launch_spec *spec = &launches->spec[n];
        if (strcmp(spec->function, function) == 0 && i < spec->arg_count &&
            spec->args[i].integer > most) {
            most = spec->args[i].integer;
        }
    }
    return most;
}

static int check_size(const struct sb_cl_kernel *k, const struct sb_shape *shape, const char *what,
                      struct sb_error *err)
{
    const int32_t block[3] = {shape->block[0], shape->dims > 1 ? shape->block[1] : 1,
                              shape->dims > 2 ? shape->block[2] : 1};
    if (k->required[0] == 0 || shape->spread != SB_SPREAD_BLOCKS ||
        (block[0] == k->required[0] && block[1] == k->required[1] && block[2] == k->required[2])) {
        return 0;
    }
    return sb_fail(err, SB_ECOMPILE,
                   "%s: %s requires work-groups of %d × %d × %d, the launch has %d × %d × %d", what,
                   k->name, k->required[0], k->required[1], k->required[2], block[0], block[1],
                   block[2]);
}

static int check(const struct sb_cl_kernel *k, const struct sb_launch_spec *spec, const char *what,
                 struct sb_error *err)
{
    if (spec->arg_count != k->count) {
        return sb_fail(err, SB_ECOMPILE,
                       "%s: the launch of %s gives %d arguments, the kernel has %d", what,
                       spec->function, spec->arg_count, k->count);
    }
    for (int i = 0; i < k->count; ++i) {
        const struct sb_cl_parameter *p = &k->parameter[i];
        const enum sb_arg_kind kind = spec->args[i].kind;
        const bool number = kind == SB_ARG_REAL || kind == SB_ARG_INDEX || kind == SB_ARG_INT32 ||
                            kind == SB_ARG_UINT32;
        const bool fits = p->space == 3   ? kind == SB_ARG_LOCAL
                          : is_pointer(p) ? kind == SB_ARG_ARRAY
                                          : number;
        if (!is_pointer(p) && !c_type(p->type)) {
            return sb_fail(err, SB_EABSENT,
                           "the twin does not take %s as an argument: %s, parameter %s of %s",
                           p->type, what, p->name, k->name);
        }
        if (!fits) {
            return sb_fail(err, SB_ECOMPILE,
                           "%s: parameter %s of %s is %s%s, the launch gives something else", what,
                           p->name, k->name, p->space == 3 ? "__local " : "", p->type);
        }
    }
    return check_size(k, &spec->shape, what, err);
}

static void write_launcher(FILE *out, const struct sb_cl_kernel *k, int number,
                           const char *function, const struct sb_launches *launches)
{
    for (int i = 0; i < k->count; ++i) {
        if (k->parameter[i].space == 3) {
            const int64_t bytes = local_bytes(launches, function, i);
            fprintf(out,
                    "static unsigned char %s_%d[%lld] __asm__(\"%s.%s\") "
                    "__attribute__((aligned(4096), used, "
                    "section(\"sb_shared\")));\n",
                    k->name, i, (long long)(bytes > 0 ? bytes : 1), k->name, k->parameter[i].name);
        }
    }
    fprintf(out, "extern void %s(", k->name);
    for (int i = 0; i < k->count; ++i) {
        const struct sb_cl_parameter *p = &k->parameter[i];
        fprintf(out, "%s%s", i ? ", " : "", is_pointer(p) ? "void *" : c_type(p->type));
    }
    fprintf(out,
            "%s);\n__attribute__((visibility(\"default\"))) void sb_twin_run_%d(const struct "
            "sb_twin_arg *a)\n"
            "{\n    (void)a;\n    %s(",
            k->count ? "" : "void", number, k->name);
    for (int i = 0; i < k->count; ++i) {
        const struct sb_cl_parameter *p = &k->parameter[i];
        if (p->space == 3) {
            fprintf(out, "%s%s_%d", i ? ", " : "", k->name, i);
        } else if (is_pointer(p)) {
            fprintf(out, "%sa[%d].pointer", i ? ", " : "", i);
        } else {
            fprintf(out, "%s(%s)a[%d].%s", i ? ", " : "", c_type(p->type), i,
                    is_real(p->type) ? "real" : "integer");
        }
    }
    fputs(");\n}\n", out);
}

int sb_cl_launcher(char **out, const struct sb_cl_kernel *kernels, int count,
                   const struct sb_launches *launches, const char *what, struct sb_error *err)
{
    size_t length = 0;
    FILE *to = open_memstream(out, &length);
    if (!to) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    fputs("#include \"abi.h\"\n", to);
    int code = 0;
    for (int n = 0; code == 0 && n < launches->count; ++n) {
        const struct sb_launch_spec *spec = &launches->spec[n];
        const struct sb_cl_kernel *k = find(kernels, count, spec->function);
        code = k ? check(k, spec, what, err)
                 : sb_fail(err, SB_ECOMPILE, "%s has no kernel %s, which the repetition launches",
                           what, spec->function);
        if (code == 0 && sb_twin_launcher(launches, n) == n) {
            write_launcher(to, k, n, spec->function, launches);
        }
    }
    for (int n = 0; launches->count == 0 && n < count; ++n) {
        write_launcher(to, &kernels[n], n, kernels[n].name, launches);
    }
    fclose(to);
    if (code != 0) {
        free(*out);
        *out = NULL;
    }
    return code != 0 || *out ? code : sb_fail(err, SB_ENOMEM, "out of memory");
}
