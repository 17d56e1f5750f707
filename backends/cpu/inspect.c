/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler made of each function, read from the disassembly that binutils' objdump gives. Spills are not told:
 * on a CPU an array on the stack looks the same. */
#include "backends/cpu/cpu.h"

#include "harness/util/process.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_S 60.0

struct symbol {
    unsigned long long begin, bytes;
    char name[128];
};

/* The kernel itself, what the compiler split off it (name.part.0, name._omp_fn.0), and the launcher that it is inlined
 * into. */
static bool belongs(const char *name, const char *function)
{
    static const char launcher[] = "sb_run_";
    if (strncmp(name, launcher, sizeof launcher - 1) == 0) {
        name += sizeof launcher - 1;
    }
    const size_t length = strlen(function);
    return strncmp(name, function, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

/* "0000000000001240 l     F .text	0000000000000123              stream_copy._omp_fn.0" */
static bool parse_symbol(struct symbol *out, const char *line)
{
    const char *code = strstr(line, " F .text\t");
    char tail[160] = "";
    if (!code || sscanf(code, " F .text %llx %159[^\n]", &out->bytes, tail) != 2) {
        return false;
    }
    out->begin = strtoull(line, NULL, 16);
    const char *name = strrchr(tail, ' '); /* before it may stand ".hidden" */
    snprintf(out->name, sizeof out->name, "%s", name ? name + 1 : tail);
    return out->bytes > 0;
}

static bool x86_packed(const char *mnemonic, const char *operands)
{
    static const char *const arithmetic[] = {"add", "sub", "mul", "div",  "sqrt", "fma",  "fms",
                                             "fnm", "min", "max", "padd", "psub", "pmul", NULL};
    const char *name = mnemonic[0] == 'v' ? mnemonic + 1 : mnemonic;
    const size_t length = strcspn(name, " \t");
    const bool reals = length > 2 && (strncmp(name + length - 2, "ps", 2) == 0 ||
                                      strncmp(name + length - 2, "pd", 2) == 0);
    const bool memory = strchr(operands, '(') && !strstr(operands, "(%rsp") &&
                        !strstr(operands, "(%rbp") && strstr(operands, "%xmm");
    if (memory && strncmp(name, "mov", 3) == 0 && (reals || strncmp(name, "movdq", 5) == 0) &&
        name[3] != 'l' && name[3] != 'h') {
        return true;
    }
    for (int i = 0; arithmetic[i]; ++i) {
        if (strncmp(name, arithmetic[i], strlen(arithmetic[i])) == 0 && (reals || name[0] == 'p')) {
            return true;
        }
    }
    return false;
}

static int x86_bits(const char *mnemonic, const char *operands)
{
    return strstr(operands, "%zmm")                                     ? 512
           : strstr(operands, "%ymm")                                   ? 256
           : strstr(operands, "%xmm") && x86_packed(mnemonic, operands) ? 128
                                                                        : 0;
}

/* "z3.d" is SVE, "v3.2d" and a load of "q3" NEON; "d3" and "s3" are scalars. */
static int arm_bits(const char *operands)
{
    int bits = 0;
    for (const char *at = operands; *at; ++at) {
        const bool begins = at == operands || strchr(" ,{[\t", at[-1]);
        char letter = 0;
        char shape[4] = "";
        int number = 0;
        if (!begins || sscanf(at, "%c%d.%3[0-9a-z]", &letter, &number, shape) < 2) {
            continue;
        }
        if (letter == 'z' && shape[0]) {
            return SB_VECTOR_SCALABLE;
        }
        const bool whole = strcmp(shape, "2d") == 0 || strcmp(shape, "4s") == 0 ||
                           strcmp(shape, "8h") == 0 || strcmp(shape, "16b") == 0;
        const bool half = strcmp(shape, "2s") == 0 || strcmp(shape, "4h") == 0;
        const int here = letter == 'v' && whole                      ? 128
                         : letter == 'v' && half                     ? 64
                         : letter == 'q' && !strstr(operands, "[sp") ? 128
                                                                     : 0;
        bits = here > bits ? here : bits;
    }
    return bits;
}

static int width_of(const struct sb_cpu_family *family, const char *mnemonic, const char *operands)
{
    if (strcmp(family->machine, "aarch64") == 0) {
        return arm_bits(operands);
    }
    if (strcmp(family->machine, "riscv64") == 0) {
        return mnemonic[0] == 'v' ? SB_VECTOR_SCALABLE : 0;
    }
    return x86_bits(mnemonic, operands);
}

/* Scalable counts as wider than any width that is known. */
static int wider(int a, int b)
{
    return a == SB_VECTOR_SCALABLE || b == SB_VECTOR_SCALABLE ? SB_VECTOR_SCALABLE : a > b ? a : b;
}

static int widest(int *out, const char *objdump, const char *path, const struct symbol *symbol,
                  const struct sb_cpu_family *family, struct sb_error *err)
{
    char begin[40];
    char end[40];
    snprintf(begin, sizeof begin, "--start-address=0x%llx", symbol->begin);
    snprintf(end, sizeof end, "--stop-address=0x%llx", symbol->begin + symbol->bytes);
    const char *const argv[] = {objdump, "-d", "--no-show-raw-insn", begin, end, path, NULL};
    struct sb_process_result result;
    const int code = sb_process_run(&result, argv, LIMIT_S, err);
    char *rest = NULL;
    for (char *line = code == 0 ? strtok_r(result.output, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        char *text = strstr(line, ":\t");
        if (text) {
            text += 2;
            char *operands = text + strcspn(text, " \t");
            operands[strcspn(operands, "<#")] = '\0'; /* symbols and comments */
            *out = wider(*out, width_of(family, text, operands));
        }
    }
    if (code == 0) {
        sb_process_result_free(&result);
    }
    return code;
}

static int find_objdump(char *out, size_t room, const struct sb_cpu_target *target,
                        struct sb_error *err)
{
    char name[80];
    snprintf(name, sizeof name, "%s-objdump", target->family->triple);
    return sb_process_which(out, room, name, NULL) == 0
               ? 0
               : sb_process_which(out, room, "objdump", err);
}

static struct sb_code_report *report_on(struct sb_code_report *reports, int *count, int room,
                                        const char *function)
{
    for (int i = 0; i < *count; ++i) {
        if (strcmp(reports[i].function, function) == 0) {
            return NULL;
        }
    }
    if (*count == room) {
        return NULL;
    }
    struct sb_code_report *report = &reports[(*count)++];
    *report = (struct sb_code_report){.registers = -1, .shared_bytes = -1, .spill_bytes = -1};
    snprintf(report->function, sizeof report->function, "%s", function);
    return report;
}

int sb_cpu_inspect(struct sb_code_report *out, int room, const struct sb_artifact *artifact,
                   const struct sb_source *source, struct sb_error *err)
{
    char objdump[1024];
    struct sb_cpu_target target;
    struct sb_process_result symbols = {.output = NULL};
    if (!sb_cpu_target_parse(&target, source->target) || !target.family) {
        return sb_fail(err, SB_EINVAL, "target '%.60s' is no processor's architecture",
                       source->target);
    }
    int code = find_objdump(objdump, sizeof objdump, &target, err);
    const char *const argv[] = {objdump, "-t", artifact->path, NULL};
    code = code != 0 ? code : sb_process_run(&symbols, argv, LIMIT_S, err);
    int count = 0;
    for (int i = 0; code == 0 && i < source->launches->count; ++i) {
        const char *function = source->launches->spec[i].function;
        struct sb_code_report *report = report_on(out, &count, room, function);
        for (const char *line = report ? symbols.output : NULL; code == 0 && line && *line;
             line += strcspn(line, "\n"), line += *line == '\n') {
            struct symbol symbol;
            if (parse_symbol(&symbol, line) && belongs(symbol.name, function)) {
                report->code_bytes += (int)symbol.bytes;
                code = widest(&report->vector_bits, objdump, artifact->path, &symbol, target.family,
                              err);
            }
        }
    }
    sb_process_result_free(&symbols);
    return code != 0 ? code : count;
}
