/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/rewrite.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the walk through the text is. */
struct walk {
    FILE *out;
    struct sb_rewritten *result;
    const char *own;
    char file[512];
    int line;
    bool own_file;      /* one of the twin's headers, or of the system's */
    char bounds[256];   /* of __launch_bounds__, until the kernel's body begins */
    int depth;          /* of parentheses */
    bool saw_extern;    /* in the present declaration */
    bool saw_namespace; /* likewise */
    bool after_literal; /* the last sign was one: extern "C" */
    int braces;         /* open ones, and how many of the first are of namespaces and extern "C" */
    int outer_braces;
    struct sb_error *err;
};

static const struct {
    const char *word, *what;
} refused[] = {
    {"tex1D", "textures"},
    {"tex2D", "textures"},
    {"tex3D", "textures"},
    {"tex1Dfetch", "textures"},
    {"texture", "textures"},
    {"surf2Dread", "surfaces"},
    {"surf2Dwrite", "surfaces"},
    {"cudaTextureObject_t", "textures"},
    {"cudaSurfaceObject_t", "surfaces"},
    {"hipTextureObject_t", "textures"},
    {"wmma", "tensor-core fragments (wmma)"},
    {"nvcuda", "tensor-core fragments (nvcuda)"},
    {"__half", "half precision"},
    {"__half2", "half precision"},
    {"__nv_bfloat16", "bfloat16"},
    {"asm", "inline assembly"},
    {"__asm__", "inline assembly"},
    {"__asm", "inline assembly"},
    {"sb_mark_launch", "launches from within the source (hipLaunchKernelGGL)"},
    {"cudaMalloc", "host code"},
    {"cudaMemcpy", "host code"},
    {"cudaFree", "host code"},
    {"hipMalloc", "host code"},
    {"hipMemcpy", "host code"},
    {"hipFree", "host code"},
    {"cudaDeviceSynchronize", "host code"},
    {"cudaLaunchKernel", "host code"},
    {"hipDeviceSynchronize", "host code"},
    {"cudaGetLastError", "host code"},
    {"cudaStream_t", "host code"},
    {"hipStream_t", "host code"},
    {"__cluster_dims__", "thread block clusters"},
};

static int refuse(struct walk *w, const char *word, const char *what)
{
    if (strcmp(what, "host code") == 0) {
        return sb_fail(w->err, SB_EABSENT,
                       "the twin does not take host code ('%s'), only kernels: %s:%d", word,
                       w->file, w->line);
    }
    return sb_fail(w->err, SB_EABSENT, "the twin does not take %s ('%s'): %s:%d", what, word,
                   w->file, w->line);
}

static bool is_word(int c)
{
    return isalnum(c) || c == '_' || c == '$';
}

/* # 12 "file" …: where the next line comes from. */
static const char *take_marker(struct walk *w, const char *at)
{
    const char *end = strchr(at, '\n');
    end = end ? end : at + strlen(at);
    char file[512] = "";
    int line = 0;
    if (sscanf(at, "# %d \"%511[^\"]\"", &line, file) == 2 ||
        sscanf(at, "#line %d \"%511[^\"]\"", &line, file) == 2) {
        w->line = line - 1;
        snprintf(w->file, sizeof w->file, "%s", file);
        const char *flags =
            strchr(strchr(at, '"') + strlen(file) + 2, '3'); /* flag 3: a system header */
        w->own_file =
            strncmp(file, w->own, strlen(w->own)) == 0 || file[0] == '<' || (flags && flags < end);
    }
    fwrite(at, 1, (size_t)(end - at), w->out);
    return end;
}

/* A string or character literal, copied whole. */
static const char *take_literal(struct walk *w, const char *at)
{
    const char quote = *at;
    const char *end = at + 1;
    while (*end && *end != quote && *end != '\n') {
        end += end[0] == '\\' && end[1] ? 2 : 1;
    }
    end += *end == quote;
    fwrite(at, 1, (size_t)(end - at), w->out);
    w->after_literal = true;
    return end;
}

/* Name of the array that a declaration from @p at declares: the last word before '[' or ';'. */
static void note_dynamic(struct walk *w, const char *at)
{
    const char *end = at + strcspn(at, "[;");
    while (end > at && !is_word((unsigned char)end[-1])) {
        --end;
    }
    const char *begin = end;
    while (begin > at && is_word((unsigned char)begin[-1])) {
        --begin;
    }
    struct sb_rewritten *r = w->result;
    for (int i = 0; i < r->dynamic_count; ++i) {
        if (strlen(r->dynamic[i]) == (size_t)(end - begin) &&
            strncmp(r->dynamic[i], begin, (size_t)(end - begin)) == 0) {
            return;
        }
    }
    if (r->dynamic_count < SB_DYNAMIC_MOST) {
        snprintf(r->dynamic[r->dynamic_count++], sizeof r->dynamic[0], "%.*s", (int)(end - begin),
                 begin);
    }
}

/* The word extern in the rest of the declaration. */
static bool extern_follows(const char *at)
{
    const char *end = at + strcspn(at, ";={");
    const char *found = strstr(at, "extern");
    return found && found < end && !is_word((unsigned char)found[6]);
}

static const char *take_bounds(struct walk *w, const char *at)
{
    const char *open = at + strspn(at, " \t\n");
    if (*open != '(') {
        return at;
    }
    int depth = 0;
    const char *end = open;
    do {
        depth += *end == '(' ? 1 : *end == ')' ? -1 : 0;
        ++end;
    } while (*end && depth > 0);
    snprintf(w->bounds, sizeof w->bounds, "%.*s", (int)(end - open), open);
    for (const char *c = at; c < end; ++c) { /* lines stay lines */
        if (*c == '\n') {
            fputc('\n', w->out);
            w->line++;
        }
    }
    for (char *c = w->bounds; *c; ++c) {
        *c = *c == '\n' ? ' ' : *c;
    }
    return end;
}

static int take_word(struct walk *w, const char **at)
{
    const char *end = *at;
    while (is_word((unsigned char)*end)) {
        ++end;
    }
    char word[64]; /* longer ones mean nothing to us */
    w->after_literal = false;
    const char *begin = *at;
    snprintf(word, sizeof word, "%.*s", (int)(end - begin), begin);
    const bool whole = (size_t)(end - begin) < sizeof word;
    *at = end;
    if (whole &&
        (strcmp(word, "sb_mark_shared") == 0 || strcmp(word, "sb_mark_extern_shared") == 0)) {
        if (w->saw_extern || extern_follows(end) || strcmp(word, "sb_mark_extern_shared") == 0) {
            note_dynamic(w, end);
            fputs(strcmp(word, "sb_mark_extern_shared") == 0 ? "extern" : "", w->out);
        } else if (w->braces ==
                   w->outer_braces) { /* of the file: unlike a function's, its name does not tell */
            fputs("static __attribute__((section(\"sb_shared\"), aligned(4096), used))", w->out);
        } else {
            fputs("static __attribute__((used))", w->out); /* what is only written counts, too */
        }
    } else if (whole && strcmp(word, "sb_mark_constant") == 0) {
        fputs("__attribute__((section(\"sb_constant\"), aligned(4096)))", w->out);
    } else if (whole && strcmp(word, "sb_mark_global") == 0) {
        return 0;
    } else if (whole && strcmp(word, "sb_mark_bounds") == 0) {
        *at = take_bounds(w, end);
    } else {
        w->saw_extern = w->saw_extern || (whole && strcmp(word, "extern") == 0);
        w->saw_namespace = w->saw_namespace || (whole && strcmp(word, "namespace") == 0);
        if (!w->own_file && whole && strncmp(word, "__builtin_mem", 13) == 0) {
            begin += strlen(
                "__builtin_"); /* cuda_memory.h watches the functions, not what the compiler makes of them */
        }
        fwrite(begin, 1, (size_t)(end - begin), w->out);
        for (size_t i = 0; !w->own_file && whole && i < sizeof refused / sizeof *refused; ++i) {
            if (strcmp(refused[i].word, word) == 0) {
                return refuse(w, word, refused[i].what);
            }
        }
    }
    return 0;
}

static void count_brace(struct walk *w, char c)
{
    if (c == '{') {
        const bool outer = w->saw_namespace || (w->saw_extern && w->after_literal);
        w->outer_braces += outer && w->braces == w->outer_braces;
        ++w->braces;
    } else if (c == '}' && w->braces > 0) {
        --w->braces;
        w->outer_braces = w->outer_braces < w->braces ? w->outer_braces : w->braces;
    }
    if (c == '{' || c == '}' || c == ';') {
        w->saw_namespace = false;
    }
    w->after_literal = w->after_literal && isspace((unsigned char)c);
}

static int take_sign(struct walk *w, const char **at)
{
    const char c = **at;
    count_brace(w, c);
    if (!w->own_file && strncmp(*at, "<<<", 3) == 0) {
        return refuse(w, "<<<", "host code");
    }
    fputc(c, w->out);
    ++*at;
    w->line += c == '\n';
    w->depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    w->saw_extern = w->saw_extern && c != ';' && c != '{' && c != '}';
    if (w->bounds[0] && w->depth == 0 && c == '{') {
        fprintf(w->out, " sb_twin_bounds%s;", w->bounds);
        w->bounds[0] = '\0';
    } else if (w->bounds[0] && w->depth == 0 && c == ';') {
        w->bounds[0] = '\0';
    }
    return 0;
}

int sb_rewrite(struct sb_rewritten *out, const char *text, const char *own, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    size_t length = 0;
    struct walk w = {.result = out,
                     .own = own,
                     .line = 1,
                     .err = err,
                     .out = open_memstream(&out->text, &length)};
    if (!w.out) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    int code = 0;
    bool line_begins = true;
    for (const char *at = text; code == 0 && *at;) {
        const char c = *at;
        if (line_begins && c == '#') {
            at = take_marker(&w, at);
        } else if (c == '"' || (c == '\'' && (at == text || !isalnum((unsigned char)at[-1])))) {
            at = take_literal(&w, at);
        } else if (isalpha((unsigned char)c) || c == '_') {
            code = take_word(&w, &at);
        } else if (isdigit((unsigned char)c)) {
            while (is_word((unsigned char)*at) || *at == '.') {
                fputc(*at++, w.out);
            }
        } else {
            code = take_sign(&w, &at);
        }
        line_begins = at > text && at[-1] == '\n';
    }
    fclose(w.out);
    if (code != 0) {
        free(out->text);
        out->text = NULL;
    }
    return code;
}
