/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/instruction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME 64

static const struct {
    const char *name;
    enum sb_flop_kind kind;
} operations[] = {
    {"add", SB_FLOP_ADD},    {"sub", SB_FLOP_ADD},    {"mul", SB_FLOP_MUL},
    {"nmul", SB_FLOP_MUL},   {"div", SB_FLOP_DIV},    {"sqrt", SB_FLOP_SQRT},
    {"madd", SB_FLOP_FMA},   {"msub", SB_FLOP_FMA},   {"nmadd", SB_FLOP_FMA},
    {"nmsub", SB_FLOP_FMA},  {"mla", SB_FLOP_FMA},    {"mls", SB_FLOP_FMA},
    {"fma", SB_FLOP_FMA},    {"mad", SB_FLOP_FMA},    {"exp", SB_FLOP_SPECIAL}, {"exp2", SB_FLOP_SPECIAL},
    {"log", SB_FLOP_SPECIAL}, {"log2", SB_FLOP_SPECIAL}, {"log10", SB_FLOP_SPECIAL},
    {"sin", SB_FLOP_SPECIAL}, {"cos", SB_FLOP_SPECIAL}, {"tan", SB_FLOP_SPECIAL},
    {"sincos", SB_FLOP_SPECIAL}, {"tanh", SB_FLOP_SPECIAL}, {"pow", SB_FLOP_SPECIAL},
    {"cbrt", SB_FLOP_SPECIAL}, {"erf", SB_FLOP_SPECIAL}, {"rsqrt", SB_FLOP_SPECIAL},
};

static bool find(struct sb_instruction *out, const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; ++i) {
        if (strlen(operations[i].name) == length && memcmp(operations[i].name, name, length) == 0) {
            out->kind = operations[i].kind;
            return true;
        }
    }
    return false;
}

/* OpenCL's built-ins by their mangled names: "_Z3fmaddd", "_Z4sqrtDv4_f": the type of the first argument. */
static void read_mangled(struct sb_instruction *out, const char *name)
{
    char *end = NULL;
    const size_t length = strtoul(name, &end, 10);
    if (length == 0 || length > strlen(end) || !find(out, end, length)) {
        return;
    }
    const char *type = end + length;
    int lanes = 1;
    if (strncmp(type, "Dv", 2) == 0) {
        lanes = atoi(type + 2);
        type += 2 + strspn(type + 2, "0123456789_");
    }
    if (*type == 'd' || *type == 'f') {
        out->lanes = lanes;
        out->single = *type == 'f';
    }
}

/* "call 1030 <fmaf@plt>": library functions, by their names in double and float. */
static void read_call(struct sb_instruction *out, const char *operands)
{
    const char *name = strchr(operands, '<');
    if (!name) {
        return;
    }
    name += 1;
    const size_t length = strcspn(name, "@>+");
    if (length == 24 && memcmp(name, "__sanitizer_cov_trace_pc", 24) == 0) {
        out->begins_block = true;
    } else if (strncmp(name, "_Z", 2) == 0) {
        read_mangled(out, name + 2);
    } else if (find(out, name, length)) {
        out->lanes = 1;
    } else if (length > 1 && name[length - 1] == 'f' && find(out, name, length - 1)) {
        out->lanes = 1;
        out->single = true;
    }
}

/* add, vadd, vfmadd213, … then sd, ss, pd, ps. A conditional or unconditional jump is j.... */
static void read_x86(struct sb_instruction *out, const char *name, size_t length,
                     const char *operands)
{
    out->branches = name[0] == 'j' && strncmp(name, "jmp", 3) != 0;
    if (length < 5 || out->branches) {
        return;
    }
    const char width = name[length - 2];
    const char type = name[length - 1];
    if ((width != 's' && width != 'p') || (type != 'd' && type != 's')) {
        return;
    }
    const bool vex = name[0] == 'v';
    const char *root = name + vex;
    size_t rest = length - 2 - (size_t)vex;
    if (vex && *root == 'f' && rest > 4) { /* fmadd213: the order of operands does not matter */
        ++root;
        rest -= 4;
    }
    if (!find(out, root, rest)) {
        return;
    }
    out->single = type == 's';
    const int bytes = strstr(operands, "%zmm") ? 64 : strstr(operands, "%ymm") ? 32 : 16;
    out->lanes = width == 's' ? 1 : bytes / (out->single ? 4 : 8);
}

/* fadd d0, d1, d2 or fadd v0.2d, v1.2d, v2.2d; the same with s0 and v0.4s. */
static void read_aarch64(struct sb_instruction *out, const char *name, size_t length,
                         const char *operands)
{
    out->branches = strncmp(name, "b.", 2) == 0 || strncmp(name, "cb", 2) == 0 ||
                    strncmp(name, "tb", 2) == 0;
    if (name[0] != 'f' || !find(out, name + 1, length - 1)) {
        return;
    }
    int lanes = 1;
    char type = *operands;
    if (type == 'v') {
        const char *arrangement = strchr(operands, '.');
        lanes = arrangement ? arrangement[1] - '0' : 0;
        type = lanes > 0 && lanes < 9 ? arrangement[2] : '\0';
    }
    if (type == 'd' || type == 's') {
        out->lanes = lanes;
        out->single = type == 's';
    }
}

struct sb_instruction sb_instruction_read(const char *text)
{
    struct sb_instruction out = {.lanes = 0};
    const size_t length = strcspn(text, " \t");
    const char *operands = text + length + strspn(text + length, " \t");
    char name[NAME];
    snprintf(name, sizeof name, "%.*s", (int)(length < NAME ? length : NAME - 1), text);
    if (strncmp(name, "call", 4) == 0 || strcmp(name, "bl") == 0) {
        read_call(&out, operands);
    } else if (name[0] == 'f' || name[0] == 'b' || name[0] == 'c' || name[0] == 't') {
        read_aarch64(&out, name, strlen(name), operands); /* x86 has no SSE mnemonic like these */
    } else {
        read_x86(&out, name, strlen(name), operands);
    }
    return out;
}
