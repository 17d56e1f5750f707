/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LLVM's assembler text of a kernel, line by line, before it is optimised:
 * - a __local variable is `@kernel.name = internal global T undef`. LLVM may take the only value ever stored for its
 *   value everywhere: it becomes a variable that others may change, on pages of its own, zero;
 * - a __constant table too, so that reading beside it is noticed;
 * - -fsanitize=thread passes over vectors of more than 16 bytes: their loads and stores get a call of ours;
 * - spir_kernel is a calling convention that aarch64 does not have; printf is ours.
 */
#include "backends/twin/opencl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE "4096"
#define PRIVATE_MOST 4096

/* Names of a function's values that point into its own variables. */
struct own {
    char (*name)[48];
    int count;
};

static bool is_own(const struct own *own, const char *name, size_t length)
{
    for (int i = own->count - 1; i >= 0; --i) {
        if (strncmp(own->name[i], name, length) == 0 && own->name[i][length] == '\0') {
            return true;
        }
    }
    return false;
}

static size_t name_length(const char *at)
{
    return strspn(at, "%_.$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}

/* `  %x = alloca …`, `  %x = getelementptr … ptr %y, …`: follows pointers into own variables. */
static void follow(struct own *own, const char *line)
{
    const char *value = strstr(line, " = ");
    const char *from = value ? strstr(value, "ptr %") : NULL;
    if (!value || strncmp(line, "  %", 3) != 0 || own->count == PRIVATE_MOST) {
        return;
    }
    const bool pointer = strncmp(value, " = getelementptr ", 17) == 0;
    if (strncmp(value, " = alloca ", 10) == 0 ||
        (pointer && from && is_own(own, from + 4, name_length(from + 4)))) {
        snprintf(own->name[own->count++], sizeof *own->name, "%.*s", (int)(value - line - 2),
                 line + 2);
    }
}

static int element_bytes(const char *type)
{
    static const struct {
        const char *name;
        int bytes;
    } types[] = {{"i8>", 1},    {"i16>", 2}, {"half>", 2},  {"i32>", 4},
                 {"float>", 4}, {"i64>", 8}, {"double>", 8}};
    for (size_t i = 0; i < sizeof types / sizeof *types; ++i) {
        if (strncmp(type, types[i].name, strlen(types[i].name)) == 0) {
            return types[i].bytes;
        }
    }
    return 0;
}

/* Before a load or store of a vector that -fsanitize=thread leaves out. */
static void watch_wide(FILE *out, const struct own *own, const char *line)
{
    const char *load = strstr(line, " = load "),
               *store = strncmp(line, "  store ", 8) == 0 ? line : NULL;
    const char *type = strchr(line, '<'), *at = strstr(line, ", ptr ");
    if ((!load && !store) || !type || !at || type > at) {
        return;
    }
    char *end = NULL;
    const long elements = strtol(type + 1, &end, 10);
    const long bytes = strncmp(end, " x ", 3) == 0 ? elements * element_bytes(end + 3) : 0;
    const size_t length = name_length(at + 6);
    if (bytes <= 16 || is_own(own, at + 6, length)) {
        return;
    }
    const char *place = strstr(line, ", !dbg !");
    const size_t placed = place ? strspn(place + 8, "0123456789") + 8 : 0;
    fprintf(out, "  call void @__tsan_%s_range(ptr %.*s, i64 %ld)%.*s\n", load ? "read" : "write",
            (int)length, at + 6, bytes, (int)placed, place ? place : "");
}

/* `@name = … global|constant T value, align n…` with `section`; false where it is no variable of that kind. */
static bool rewrite_variable(FILE *out, const char *line, const char *mark, const char *section)
{
    const char *value = strstr(line, " = ");
    const char *kind = strstr(line, mark), *align = NULL;
    for (const char *next = strstr(line, ", align "); next; next = strstr(next + 1, ", align ")) {
        align = next;
    }
    if (!value || !kind || kind > value + 40 || !align || strncmp(line, "@.str", 5) == 0 ||
        strncmp(line, "@__const.", 9) == 0) {
        return false;
    }
    const char *type = kind + strlen(mark), *undef = align - 6;
    const bool zero = strncmp(undef, " undef", 6) == 0;
    const char *rest = align + 8 + strspn(align + 8, "0123456789");
    fprintf(out, "%.*s = hidden global %.*s%s, section \"%s\", align " PAGE "%s\n",
            (int)(value - line), line, (int)((zero ? undef : align) - type), type,
            zero ? " zeroinitializer" : "", section, rest);
    return true;
}

static bool variable(FILE *out, const char *line)
{
    return line[0] == '@' && (rewrite_variable(out, line, " internal global ", "sb_shared") ||
                              rewrite_variable(out, line, " constant ", ".sb_twin_constant") ||
                              rewrite_variable(out, line, " global ", ".sb_twin_variables"));
}

static void copy_without(FILE *out, const char *line)
{
    while (*line) {
        if (strncmp(line, "spir_kernel ", 12) == 0 || strncmp(line, "spir_func ", 10) == 0) {
            line += line[5] == 'k' ? 12 : 10;
        } else if (strncmp(line, "@printf(", 8) == 0) {
            fputs("@sb_twin_printf(", out);
            line += 8;
        } else {
            fputc(*line++, out);
        }
    }
    fputc('\n', out);
}

int sb_cl_rewrite(char **out, const char *ir, struct sb_error *err)
{
    size_t length = 0;
    char *copy = strdup(ir), *rest = NULL;
    struct own own = {.name = malloc(PRIVATE_MOST * sizeof *own.name)};
    FILE *to = open_memstream(out, &length);
    if (!copy || !own.name || !to) {
        free(copy);
        free(own.name);
        return sb_fail(err, SB_ENOMEM, "twin: out of memory for the kernel's code");
    }
    for (char *line = copy; line; line = rest) {
        rest = strchr(line, '\n');
        if (rest) {
            *rest++ = '\0';
        }
        own.count = line[0] == '}' ? 0 : own.count;
        follow(&own, line);
        watch_wide(to, &own, line);
        if (!variable(to, line)) {
            copy_without(to, line);
        }
    }
    for (int write = 0; write < 2; ++write) {
        if (!strstr(ir, write ? "@__tsan_write_range(" : "@__tsan_read_range(")) {
            fprintf(to,
                    "declare void @__tsan_%s_range(ptr nocapture, i64) nounwind willreturn "
                    "memory(inaccessiblemem: readwrite)\n",
                    write ? "write" : "read");
        }
    }
    free(copy);
    free(own.name);
    fclose(to);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "twin: out of memory for the kernel's code");
}
