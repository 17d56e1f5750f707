/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/debugger.h"

#include "harness/util/process.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static int add(struct sb_strings *argv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int add(struct sb_strings *argv, const char *fmt, ...)
{
    char text[2 * PATH_MAX];
    va_list ap;
    va_start(ap, fmt);
    const int length = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return length < 0 || (size_t)length >= sizeof text ? SB_ENOMEM : sb_strings_add(argv, text);
}

/* "-ex COMMAND", as gdb and cuda-gdb take them. */
static int command(struct sb_strings *argv, const char *text)
{
    return sb_strings_add(argv, "-ex") || sb_strings_add(argv, text) ? SB_ENOMEM : 0;
}

static int runner(struct sb_strings *argv, const struct sb_debug_case *c)
{
    return add(argv, "%s", c->runner) || add(argv, "--single") || add(argv, "%s", c->job)
               ? SB_ENOMEM
               : 0;
}

/* Where to stop: at a finding's line and, on the twin, in its thread; else where the launch that differs begins. */
static void write_break(char *out, size_t room, const struct sb_debug_case *c)
{
    const bool twin = strcmp(c->backend, "twin") == 0;
    const bool cpu = strcmp(c->backend, "cpu") == 0;
    const bool placed = c->file && c->line > 0 && (twin || cpu);
    if (placed && twin && c->located) {
        snprintf(
            out, room,
            "break %s:%d if sb_twin_here.sb_thread.x == %d && sb_twin_here.sb_thread.y == %d && "
            "sb_twin_here.sb_thread.z == %d && sb_twin_here.sb_block.x == %d && "
            "sb_twin_here.sb_block.y == %d && sb_twin_here.sb_block.z == %d",
            c->file, c->line, c->thread[0], c->thread[1], c->thread[2], c->block[0], c->block[1],
            c->block[2]);
    } else if (placed) {
        snprintf(out, room, "break %s:%d", c->file, c->line);
    } else {
        /* optimised, a function lives on within its launcher alone (backends/cpu/unit.c) */
        snprintf(out, room, "break %s%s", cpu && !c->readable ? "sb_run_" : "", c->function);
    }
}

static int with_gdb(struct sb_strings *argv, const struct sb_debug_case *c)
{
    char stop[700];
    char ignore[64];
    write_break(stop, sizeof stop, c);
    int failed = add(argv, "gdb") || add(argv, "-q") ||
                 command(argv, "set breakpoint pending on") ||
                 command(argv, "set print thread-events off") || command(argv, stop);
    if (!failed && c->before > 0 && !c->file) {
        snprintf(ignore, sizeof ignore, "ignore 1 %d", c->before);
        failed = command(argv, ignore);
    }
    return failed || command(argv, "run") || add(argv, "--args") || runner(argv, c);
}

static int with_cuda_gdb(struct sb_strings *argv, const struct sb_debug_case *c)
{
    char stop[200];
    char focus[200];
    snprintf(stop, sizeof stop, "break %s", c->function);
    int failed = add(argv, "cuda-gdb") || add(argv, "-q") ||
                 command(argv, "set breakpoint pending on") || command(argv, stop) ||
                 command(argv, "run");
    if (!failed && c->located) {
        snprintf(focus, sizeof focus, "cuda kernel 0 block (%d,%d,%d) thread (%d,%d,%d)",
                 c->block[0], c->block[1], c->block[2], c->thread[0], c->thread[1], c->thread[2]);
        failed = command(argv, focus);
    }
    return failed || add(argv, "--args") || runner(argv, c);
}

static int with_compute_sanitizer(struct sb_strings *argv, const struct sb_debug_case *c)
{
    static const struct {
        const char *kind, *tool;
    } tools[] = {
        {"race", "racecheck"},
        {"uninitialised", "initcheck"},
        {"divergence", "synccheck"},
        {"deadlock", "synccheck"},
    };
    const char *tool = "memcheck";
    for (size_t i = 0; i < sizeof tools / sizeof *tools; ++i) {
        tool = strcmp(tools[i].kind, c->kind) == 0 ? tools[i].tool : tool;
    }
    return add(argv, "compute-sanitizer") || add(argv, "--tool") || add(argv, "%s", tool) ||
           add(argv, "--kernel-name") || add(argv, "kernel_substring=%s", c->function) ||
           runner(argv, c);
}

static int with_valgrind(struct sb_strings *argv, const struct sb_debug_case *c)
{
    return add(argv, "valgrind") || add(argv, "-q") || add(argv, "--leak-check=no") ||
           add(argv, "--error-exitcode=1") || runner(argv, c);
}

/* Through the ICD loader that the runner opens: Oclgrind's own wrapper puts itself before a program's symbols only. */
static int with_oclgrind(struct sb_strings *argv, const struct sb_debug_case *c)
{
    static const char *const libraries[] = {
        "/usr/lib/oclgrind/liboclgrind-rt-icd.so", "/usr/local/lib/oclgrind/liboclgrind-rt-icd.so",
        "/usr/local/lib/liboclgrind-rt-icd.so", "/usr/lib/liboclgrind-rt-icd.so"};
    const char *library = libraries[0];
    const bool uninitialised = strcmp(c->kind, "uninitialised") == 0; /* else it drowns the rest */
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; ++i) {
        if (access(libraries[i], R_OK) == 0) {
            library = libraries[i];
            break;
        }
    }
    return add(argv, "env") || add(argv, "OCL_ICD_VENDORS=%s", library) ||
           add(argv, "OCLGRIND_DATA_RACES=1") ||
           (uninitialised && add(argv, "OCLGRIND_UNINITIALIZED=1")) ||
           add(argv, "OCLGRIND_MAX_ERRORS=20") || runner(argv, c);
}

static const struct debugger {
    const char *name, *package;
    const char *backends[5]; /* that it can look into; the first name is where it is usual */
    int (*write)(struct sb_strings *argv, const struct sb_debug_case *c);
} debuggers[] = {
    {"gdb", "gdb", {"cpu", "twin", "hip", "opencl"}, with_gdb},
    {"cuda-gdb", "NVIDIA's CUDA toolkit", {"cuda"}, with_cuda_gdb},
    {"compute-sanitizer", "NVIDIA's CUDA toolkit", {"cuda"}, with_compute_sanitizer},
    {"valgrind", "valgrind", {"cpu"}, with_valgrind},
    {"oclgrind", "oclgrind", {"opencl"}, with_oclgrind},
};
const char *const sb_debuggers[] = {"gdb",      "cuda-gdb", "compute-sanitizer",
                                    "valgrind", "oclgrind", NULL};

const char *sb_debugger_usual(const char *backend)
{
    return strcmp(backend, "cuda") == 0     ? "cuda-gdb"
           : strcmp(backend, "opencl") == 0 ? "oclgrind"
                                            : "gdb";
}

const char *sb_debugger_target(const char *name, const struct sb_debug_case *c)
{
    /* Valgrind knows no AVX-512 (through 3.27): "unhandled instruction bytes: 0x62" */
    struct utsname here;
    const bool wide = strcmp(c->target, "native") == 0 || strcmp(c->target, "x86-64-v4") == 0;
    const bool x86 = uname(&here) == 0 && strcmp(here.machine, "x86_64") == 0;
    return strcmp(name, "valgrind") == 0 && wide && x86 ? "x86-64-v3" : c->target;
}

static int check(const struct debugger *d, const struct sb_debug_case *c, struct sb_error *err)
{
    char all[100] = "";
    char path[PATH_MAX];
    for (int i = 0; i < 5 && d->backends[i]; ++i) {
        const size_t used = strlen(all);
        if (strcmp(d->backends[i], c->backend) == 0) {
            return sb_process_which(path, sizeof path, d->name, NULL) == 0
                       ? 0
                       : sb_fail(err, SB_EABSENT, "%s is not installed: install %s", d->name,
                                 d->package);
        }
        snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", d->backends[i]);
    }
    return sb_fail(err, SB_EINVAL, "%s looks into cells of %s, not of %s", d->name, all,
                   c->backend);
}

int sb_debugger_command(struct sb_strings *argv, const char *name, const struct sb_debug_case *c,
                        struct sb_error *err)
{
    for (size_t i = 0; i < sizeof debuggers / sizeof *debuggers; ++i) {
        if (strcmp(debuggers[i].name, name) == 0) {
            const int code = check(&debuggers[i], c, err);
            return code != 0                          ? code
                   : debuggers[i].write(argv, c) != 0 ? sb_fail(err, SB_ENOMEM, "out of memory")
                                                      : 0;
        }
    }
    return sb_fail(err, SB_EINVAL, "no debugger '%s' is known", name);
}

int sb_debugger_quote(char **out, const struct sb_strings *argv, struct sb_error *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./:,@%";
    size_t length = 0;
    FILE *text = open_memstream(out, &length);
    if (!text) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (int i = 0; i < argv->count; ++i) {
        const char *word = argv->item[i];
        const bool bare = *word && word[strspn(word, plain)] == '\0';
        fputs(i ? " " : "", text);
        fputs(bare ? "" : "'", text);
        for (; *word; ++word) {
            if (*word == '\'' && !bare) {
                fputs("'\\''", text);
            } else {
                fputc(*word, text);
            }
        }
        fputs(bare ? "" : "'", text);
    }
    fclose(text);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}
