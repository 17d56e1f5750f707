/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/instruction.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME 64

static const struct {
    const char *name;
    enum sb_flop_kind kind;
} operations[] = {
    {"add", SB_FLOP_ADD},       {"sub", SB_FLOP_ADD},        {"mul", SB_FLOP_MUL},
    {"nmul", SB_FLOP_MUL},      {"div", SB_FLOP_DIV},        {"sqrt", SB_FLOP_SQRT},
    {"madd", SB_FLOP_FMA},      {"msub", SB_FLOP_FMA},       {"nmadd", SB_FLOP_FMA},
    {"nmsub", SB_FLOP_FMA},     {"mla", SB_FLOP_FMA},        {"mls", SB_FLOP_FMA},
    {"fma", SB_FLOP_FMA},       {"mad", SB_FLOP_FMA},        {"exp", SB_FLOP_SPECIAL},
    {"exp2", SB_FLOP_SPECIAL},  {"log", SB_FLOP_SPECIAL},    {"log2", SB_FLOP_SPECIAL},
    {"log10", SB_FLOP_SPECIAL}, {"sin", SB_FLOP_SPECIAL},    {"cos", SB_FLOP_SPECIAL},
    {"tan", SB_FLOP_SPECIAL},   {"sincos", SB_FLOP_SPECIAL}, {"tanh", SB_FLOP_SPECIAL},
    {"pow", SB_FLOP_SPECIAL},   {"cbrt", SB_FLOP_SPECIAL},   {"erf", SB_FLOP_SPECIAL},
    {"rsqrt", SB_FLOP_SPECIAL},
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

/* "11d <k+0x11d>", "w0, 66 <k+0x66>": the number before the name; indirect jumps have none. */
static void read_jump(struct sb_instruction *out, enum sb_flow flow, const char *operands)
{
    const char *at = strchr(operands, '<');
    out->flow = flow;
    out->target = 0;
    if (!at) {
        return;
    }
    while (at > operands && at[-1] == ' ') {
        --at;
    }
    while (at > operands && isxdigit((unsigned char)at[-1])) {
        --at;
    }
    out->target = (uint32_t)strtoul(at, NULL, 16);
}

/* add, vadd, vfmadd213, … then sd, ss, pd, ps. A conditional or unconditional jump is j.... */
static void read_x86(struct sb_instruction *out, const char *name, size_t length,
                     const char *operands)
{
    if (name[0] == 'j') {
        read_jump(out, strncmp(name, "jmp", 3) == 0 ? SB_FLOW_JUMP : SB_FLOW_BRANCH, operands);
    } else if (strncmp(name, "ret", 3) == 0 || strcmp(name, "ud2") == 0) {
        out->flow = SB_FLOW_END;
    }
    if (length < 5 || out->flow != SB_FLOW_NEXT) {
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
    if (strncmp(name, "b.", 2) == 0 || strncmp(name, "cb", 2) == 0 || strncmp(name, "tb", 2) == 0) {
        read_jump(out, SB_FLOW_BRANCH, operands);
    } else if (strcmp(name, "b") == 0 || strcmp(name, "br") == 0) {
        read_jump(out, SB_FLOW_JUMP, operands);
    }
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
    struct sb_instruction out = {.lanes = 0, .flow = SB_FLOW_NEXT};
    text += strncmp(text, "notrack ", 8) == 0 ? 8 : strncmp(text, "bnd ", 4) == 0 ? 4 : 0;
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
