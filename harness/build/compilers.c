/* SPDX-License-Identifier: Apache-2.0 */
/* Which compilers this machine has. */
#include "harness/build/compiler.h"

#include "harness/util/process.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int identify(struct sb_compiler *out, struct sb_error *err)
{
    const char *const argv[] = {out->path, "--version", NULL};
    struct sb_process_result result;
    const int code = sb_process_run(&result, argv, 20, err);
    if (code != 0) {
        return code;
    }
    if (result.exit_status != 0) {
        sb_process_result_free(&result);
        return sb_fail(err, SB_EABSENT, "%s --version fails: is it a C compiler?", out->path);
    }
    snprintf(out->identity, sizeof out->identity, "%.*s", (int)strcspn(result.output, "\n"),
             result.output);
    out->clang = strstr(result.output, "clang") != NULL;
    sb_process_result_free(&result);
    return 0;
}

/* The compiler that @p variable asks for, else the first of @p names that is here. */
static int find(struct sb_compiler *out, const char *variable, const char *const names[3],
                const char *what, struct sb_error *err)
{
    const char *asked = getenv(variable);
    const char *const only[] = {asked, NULL, NULL};
    const char *const *from = asked && *asked ? only : names;
    int code = SB_EABSENT;
    for (int i = 0; i < 3 && from[i] && code != 0; ++i) {
        code = sb_process_which(out->path, sizeof out->path, from[i], NULL);
    }
    if (code != 0) {
        return from == only
                   ? sb_fail(err, SB_EABSENT, "no %s compiler (%s): install %s, or set %s", what,
                             asked, names[0], variable)
                   : sb_fail(err, SB_EABSENT, "no %s compiler (%s, %s, %s): install %s, or set %s",
                             what, names[0], names[1], names[2], names[0], variable);
    }
    return identify(out, err);
}

int sb_compiler_find(struct sb_compiler *out, struct sb_error *err)
{
    static struct sb_compiler found;
    struct sb_compiler candidate = {0};
    const int code = found.path[0] ? 0
                                   : find(&candidate, "SWITCHBENCH_CC",
                                          (const char *const[]){"gcc", "cc", "clang"}, "C", err);
    if (code == 0 && !found.path[0]) {
        found = candidate;
    }
    *out = found;
    return code;
}

int sb_compiler_find_cxx(struct sb_compiler *out, struct sb_error *err)
{
    static struct sb_compiler found;
    struct sb_compiler candidate = {0};
    const int code = found.path[0]
                         ? 0
                         : find(&candidate, "SWITCHBENCH_CXX",
                                (const char *const[]){"g++", "c++", "clang++"}, "C++", err);
    if (code == 0 && !found.path[0]) {
        found = candidate;
    }
    *out = found;
    return code;
}

int sb_compiler_find_clang(struct sb_compiler *out, struct sb_error *err)
{
    static struct sb_compiler found;
    struct sb_compiler candidate = {0};
    const int code = found.path[0] ? 0
                                   : find(&candidate, "SWITCHBENCH_CLANG",
                                          (const char *const[]){"clang-19", "clang-18", "clang"},
                                          "OpenCL C", err);
    if (code == 0 && !found.path[0]) {
        found = candidate;
    }
    *out = found;
    return code;
}

/* $SWITCHBENCH_CC_<MACHINE>; false where it is not set. */
static bool asked_for(char *out, size_t room, const char *triple)
{
    char variable[64];
    int used = snprintf(variable, sizeof variable, "SWITCHBENCH_CC_%.*s", (int)strcspn(triple, "-"),
                        triple);
    for (int i = 0; i < used; ++i) {
        variable[i] = (char)toupper((unsigned char)variable[i]);
    }
    const char *value = getenv(variable);
    snprintf(out, room, "%s", value ? value : "");
    return out[0] != '\0';
}

/* The newest clang with its linker: the cross gcc's own may know less of the target than clang's code (Debian 12's
 * crashes on what clang 19 notes in objects for RISC-V). */
static bool find_clang(struct sb_compiler *out)
{
    char name[32];
    char linker[512];
    for (int version = 30; version >= 17; --version) {
        snprintf(name, sizeof name, "clang-%d", version);
        const bool found = sb_process_which(out->path, sizeof out->path, name, NULL) == 0;
        snprintf(name, sizeof name, "ld.lld-%d", version);
        if (found && sb_process_which(linker, sizeof linker, name, NULL) == 0) {
            return true;
        }
    }
    return false;
}

/* clang compiles for every target, with the C library of the cross gcc. */
static int find_cross(struct sb_compiler *out, const char *triple, const char *package,
                      bool clang_first, struct sb_error *err)
{
    char name[512];
    const bool asked = asked_for(name, sizeof name, triple);
    if (!asked) {
        snprintf(name, sizeof name, "%s-gcc", triple);
    }
    if (sb_process_which(out->path, sizeof out->path, name, NULL) != 0) {
        return sb_fail(err, SB_EABSENT, "no C compiler for %s (%s): apt-get install %s", triple,
                       name, package);
    }
    struct sb_compiler clang = {0};
    if (!asked && clang_first && find_clang(&clang)) {
        *out = clang;
    }
    const int code = identify(out, err);
    if (code == 0 && out->clang) {
        snprintf(out->flags, sizeof out->flags, "--target=%s -fuse-ld=lld ", triple);
    }
    return code;
}

int sb_compiler_find_cross(struct sb_compiler *out, const char *triple, const char *package,
                           bool clang_first, struct sb_error *err)
{
    static struct {
        char triple[64];
        bool clang_first;
        struct sb_compiler compiler;
    } found[8];
    size_t i = 0;
    while (i < sizeof found / sizeof *found - 1 && found[i].triple[0] &&
           (strcmp(found[i].triple, triple) != 0 || found[i].clang_first != clang_first)) {
        ++i;
    }
    if (strcmp(found[i].triple, triple) == 0 && found[i].clang_first == clang_first) {
        *out = found[i].compiler;
        return 0;
    }
    memset(out, 0, sizeof *out);
    const int code = find_cross(out, triple, package, clang_first, err);
    if (code == 0) {
        snprintf(found[i].triple, sizeof found[i].triple, "%s", triple);
        found[i].clang_first = clang_first;
        found[i].compiler = *out;
    }
    return code;
}
