/* SPDX-License-Identifier: Apache-2.0 */
/* Checked objects: how they are compiled, and what they noted in words. */
#include "backends/cpu/device/checks.h"
#include "backends/cpu/cpu.h"
#include "harness/util/process.h"

#include <stdlib.h>
#include <string.h>

#define LINE_LIMIT_S 10

const char *sb_cpu_check_flags(bool clang)
{
#define UNDEFINED                                                                                  \
    " -fsanitize=signed-integer-overflow,shift,integer-divide-by-zero,bounds,vla-bound,"           \
    "unreachable"
#define ADDRESS " -O1 -g -fno-omit-frame-pointer -fsanitize=kernel-address"
    return clang ? ADDRESS " -fno-vectorize -fno-slp-vectorize"
                           " -mllvm -asan-instrumentation-with-call-threshold=0"
                           " -mllvm -asan-stack=0 -mllvm -asan-globals=0" UNDEFINED
                 : ADDRESS " -fno-tree-vectorize --param=asan-instrumentation-with-call-threshold=0"
                           " --param=asan-stack=0 --param=asan-globals=0" UNDEFINED;
#undef ADDRESS
#undef UNDEFINED
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "axpy.dev.c:14", or "" where nothing here can tell. */
static void find_line(char *out, size_t room, const char *object, unsigned long code)
{
    char offset[32];
    snprintf(offset, sizeof offset, "0x%lx", code);
    const char *const argv[] = {"addr2line", "-e", object, offset, NULL};
    struct sb_process_result result = {0};
    *out = '\0';
    if (sb_process_run(&result, argv, LINE_LIMIT_S, NULL) == 0 && result.exit_status == 0 &&
        result.output[0] != '?') {
        const int length = (int)strcspn(result.output, " \n");
        result.output[length] = '\0';
        snprintf(out, room, "%s", name_of(result.output));
    }
    sb_process_result_free(&result);
}

static json_t *access_finding(const struct sb_checks *checks, const struct sb_fault *f,
                              const char *object)
{
    const struct sb_checked *array = &checks->array[f->array];
    const long bytes = f->bytes ? (long)f->bytes : 1;
    const long count = (array->end - array->begin) / bytes;
    const long distance = f->at - array->begin;
    const long index = distance < 0 ? -((-distance + bytes - 1) / bytes) : distance / bytes;
    char line[300];
    char text[600];
    find_line(line, sizeof line, object, f->code);
    snprintf(text, sizeof text, "%s %s '%s': element %ld of %ld%s%s%s",
             f->write ? "writes" : "reads",
             index < 0 ? "before the beginning of" : "beyond the end of", array->name, index, count,
             line[0] ? " (" : "", line, line[0] ? ")" : "");
    return json_pack("{s:s,s:s,s:s,s:s,s:I}", "kind", "out_of_bounds", "text", text, "line", line,
                     "array", array->name, "index", (json_int_t)index);
}

static json_t *undefined_finding(const struct sb_fault *f)
{
    char text[600];
    char line[300];
    snprintf(line, sizeof line, "%s:%u", name_of(f->file ? f->file : "?"), f->line);
    snprintf(text, sizeof text, "undefined behaviour: %s (%s)", f->what, line);
    return json_pack("{s:s,s:s,s:s}", "kind", "undefined", "text", text, "line", line);
}

json_t *sb_cpu_findings(const struct sb_checks *checks, const char *object)
{
    json_t *findings = json_array();
    for (int i = 0; i < checks->faults; ++i) {
        const struct sb_fault *f = &checks->fault[i];
        json_array_append_new(findings,
                              f->what ? undefined_finding(f) : access_finding(checks, f, object));
    }
    return json_pack("{s:o}", "findings", findings);
}
