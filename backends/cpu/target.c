/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/cpu/emulator.h"

#include "harness/plan/kernels.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

static const struct sb_cpu_family families[] = {
    {.machine = "x86_64",
     .triple = "x86_64-linux-gnu",
     .emulator = "qemu-x86_64",
     .package = "gcc-x86-64-linux-gnu libc6-dev-amd64-cross",
     .extra = ""},
    {.machine = "aarch64",
     .triple = "aarch64-linux-gnu",
     .emulator = "qemu-aarch64",
     .package = "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
     .extra = "",
     .scalable = "SVE"},
    {.machine = "riscv64",
     .triple = "riscv64-linux-gnu",
     .emulator = "qemu-riscv64",
     .package = "gcc-riscv64-linux-gnu libc6-dev-riscv64-cross",
     .extra = "-mabi=lp64d ",
     .scalable = "V"},
};
enum { X86, ARM, RISCV };
#if defined(__x86_64__)
static const struct sb_cpu_family *const mine = &families[X86];
#elif defined(__aarch64__)
static const struct sb_cpu_family *const mine = &families[ARM];
#elif defined(__riscv)
static const struct sb_cpu_family *const mine = &families[RISCV];
#else
static const struct sb_cpu_family *const mine = NULL;
#endif

const char *const sb_cpu_targets[] = {"native",
                                      "x86-64-v2",
                                      "x86-64-v3",
                                      "x86-64-v4",
                                      "armv8-a",
                                      "armv8.2-a+sve",
                                      "armv8.2-a+sve@128",
                                      "armv8.2-a+sve@256",
                                      "armv8.2-a+sve@512",
                                      "armv9-a",
                                      "armv9-a@128",
                                      "armv9-a@256",
                                      "armv9-a@512",
                                      "rv64gc",
                                      "rv64gcv",
                                      "rv64gcv@128",
                                      "rv64gcv@256",
                                      "rv64gcv@512",
                                      NULL};

static bool among(const char *name, size_t length, const char *const *known)
{
    for (; *known; ++known) {
        if (strlen(*known) == length && strncmp(*known, name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* "armv8.2-a+sve+fp16": an architecture, then extensions, as gcc's manual names them. */
static bool parse_arm(struct sb_cpu_target *out)
{
    static const char *const bases[] = {"armv8-a",   "armv8.1-a", "armv8.2-a",
                                        "armv8.3-a", "armv8.4-a", "armv8.5-a",
                                        "armv8.6-a", "armv9-a",   NULL};
    static const char *const extensions[] = {"sve",  "sve2",   "fp16", "dotprod", "bf16",
                                             "i8mm", "crypto", "lse",  "rcpc",    NULL};
    const char *at = out->march;
    size_t length = strcspn(at, "+");
    if (!among(at, length, bases)) {
        return false;
    }
    out->scalable = strncmp(at, "armv9", 5) == 0;
    for (at += length; *at; at += length) {
        ++at;
        length = strcspn(at, "+");
        if (!among(at, length, extensions)) {
            return false;
        }
        out->scalable = out->scalable || strncmp(at, "sve", 3) == 0;
    }
    out->family = &families[ARM];
    out->simd_bytes = out->scalable ? 0 : 16;
    return true;
}

static bool parse_x86(struct sb_cpu_target *out)
{
    static const char *const levels[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", NULL};
    if (!among(out->march, strlen(out->march), levels)) {
        return false;
    }
    const int level = out->march[6] ? out->march[8] - '0' : 1;
    out->family = &families[X86];
    out->simd_bytes = level == 4 ? 64 : level == 3 ? 32 : 16;
    return true;
}

static bool parse_riscv(struct sb_cpu_target *out)
{
    static const char *const names[] = {"rv64gc", "rv64gcv", NULL};
    out->family = &families[RISCV];
    out->scalable = strchr(out->march, 'v') != strrchr(out->march, 'v');
    return among(out->march, strlen(out->march), names);
}

/* Whether this very processor executes the code of @p target, which is of its family. */
static bool executes(const struct sb_cpu_target *target)
{
#if defined(__x86_64__)
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2");
    const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512cd");
    return target->simd_bytes < 32 || (target->simd_bytes == 32 ? v3 : v4);
#elif defined(__aarch64__)
    return !target->scalable || (getauxval(AT_HWCAP) & HWCAP_SVE) != 0;
#else
    return !target->scalable;
#endif
}

const char *sb_cpu_native_march(void)
{
    static const char *const best_first[] = {"x86-64-v4",     "x86-64-v3", "x86-64-v2", "x86-64",
                                             "armv8.2-a+sve", "armv8-a",   "rv64gc",    NULL};
    const char *march = "native";
    for (int i = 0; sb_emulator_around()[0] && strcmp(march, "native") == 0 && best_first[i]; ++i) {
        struct sb_cpu_target target;
        if (sb_cpu_target_parse(&target, best_first[i]) && target.family == mine &&
            !target.emulated) {
            march = best_first[i];
        }
    }
    return march;
}

static void find_runner(struct sb_cpu_target *out, bool by_emulator)
{
    const bool own = !by_emulator && out->family == mine && out->vector_bits == 0 && executes(out);
    out->emulated = !own;
    if (!own && out->family == &families[X86] && out->simd_bytes == 64) {
        snprintf(out->needs, sizeof out->needs,
                 "target %s needs AVX-512, which neither this processor nor qemu-x86_64 has",
                 out->march);
    }
}

bool sb_cpu_target_parse(struct sb_cpu_target *out, const char *name)
{
    memset(out, 0, sizeof *out);
    const size_t length = strcspn(name, "@");
    if (length >= sizeof out->march) {
        return false;
    }
    memcpy(out->march, name, length);
    if (strcmp(name, "native") == 0) {
        out->family = mine;
        return true;
    }
    if (!parse_arm(out) && !parse_x86(out) && !parse_riscv(out)) {
        return false;
    }
    const bool by_emulator = strcmp(name + length, "@qemu") == 0;
    if (name[length] == '@' && !by_emulator) {
        char *end = NULL;
        const long bits = strtol(name + length + 1, &end, 10);
        const bool whole = isdigit((unsigned char)name[length + 1]) && *end == '\0';
        if (!out->scalable || !whole || bits < 128 || bits > 1024 || (bits & (bits - 1)) != 0) {
            return false;
        }
        out->vector_bits = (int)bits;
    }
    find_runner(out, by_emulator);
    return true;
}

int sb_cpu_compiler(struct sb_compiler *out, const struct sb_cpu_target *target,
                    struct sb_error *err)
{
    if (target->family == mine) {
        return sb_compiler_find(out, err);
    }
    /* gcc 12 makes no vectors for RISC-V; clang does, and links with gcc's libraries */
    const bool clang_first = target->scalable && target->family == &families[RISCV];
    return sb_compiler_find_cross(out, target->family->triple, target->family->package, clang_first,
                                  err);
}

enum sb_target_state sb_cpu_target_state(const char *name, char *reason, size_t room)
{
    struct sb_cpu_target target;
    if (!sb_cpu_target_parse(&target, name)) {
        return SB_TARGET_FOREIGN;
    }
    struct sb_compiler compiler;
    struct sb_error err = {0};
    if (sb_cpu_compiler(&compiler, &target, &err) != 0) {
        snprintf(reason, room, "%s", err.text);
        return SB_TARGET_MISSING;
    }
    return SB_TARGET_READY;
}

void sb_cpu_typical(struct sb_machine *out, const char *name)
{
    struct sb_cpu_target target;
    sb_machine_here(out, out->backend);
    if (sb_cpu_target_parse(&target, name) && strcmp(name, "native") != 0) {
        out->simd_bytes = target.simd_bytes;
        out->cache_bytes = target.emulated ? 0 : out->cache_bytes;
    }
}
