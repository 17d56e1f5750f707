/* SPDX-License-Identifier: Apache-2.0 */
/* The program text: the kernel's source with the dialect inlined, as the device's compiler will see it. */
#include "backends/opencl/opencl.h"
#include "harness/util/fs.h"
#include "harness/util/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEPTH 16
#define DIALECT "dialect/opencl.h"

struct text {
    char *data;
    size_t length, room;
    bool failed;
};

static void append(struct text *text, const char *data, size_t length)
{
    if (text->length + length + 1 > text->room) {
        const size_t room = 2 * (text->length + length) + 4096;
        char *grown = realloc(text->data, room);
        if (!grown) {
            text->failed = true;
            return;
        }
        text->data = grown;
        text->room = room;
    }
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

__attribute__((format(printf, 2, 3))) static void append_format(struct text *text, const char *fmt,
                                                                ...)
{
    char piece[1200];
    va_list ap;
    va_start(ap, fmt);
    const int length = vsnprintf(piece, sizeof piece, fmt, ap);
    va_end(ap);
    if (length < 0 || (size_t)length >= sizeof piece) {
        text->failed = true;
    } else {
        append(text, piece, (size_t)length);
    }
}

/* The name in `#include "name"`, or 0; other directives and <…> are left to the compiler. */
static int quoted_include(char *out, size_t room, const char *line, size_t length)
{
    const char *end = line + length, *at = line;
    while (at < end && (*at == ' ' || *at == '\t')) {
        ++at;
    }
    if (at == end || *at++ != '#') {
        return 0;
    }
    while (at < end && (*at == ' ' || *at == '\t')) {
        ++at;
    }
    if (end - at < 9 || strncmp(at, "include", 7) != 0) {
        return 0;
    }
    const char *open = memchr(at, '"', (size_t)(end - at));
    const char *close = open ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;
    if (!close || (size_t)(close - open) > room) {
        return 0;
    }
    memcpy(out, open + 1, (size_t)(close - open - 1));
    out[close - open - 1] = '\0';
    return 1;
}

/* Looks beside the file that includes, then beside portable.h. */
static int find_include(char *out, size_t room, const char *name, const char *folder,
                        const struct sb_source *source, struct sb_error *err)
{
    const char *const places[] = {folder, source->include};
    for (int i = 0; i < 2; ++i) {
        if (places[i] && sb_fs_join(out, room, places[i], name, err) == 0 &&
            access(out, R_OK) == 0) {
            return 0;
        }
    }
    return sb_fail(err, SB_ECOMPILE, "\"%s\" is neither in %s nor in %s", name, folder,
                   source->include);
}

static int inline_file(struct text *out, const char *path, const char *shown,
                       const struct sb_source *source, int depth, struct sb_error *err);

static int inline_include(struct text *out, const char *name, const char *folder, const char *shown,
                          int line, const struct sb_source *source, int depth, struct sb_error *err)
{
    /* portable.h chooses among the dialects by #if; only this one's text is wanted. */
    if (strncmp(name, "dialect/", 8) == 0 && strcmp(name, DIALECT) != 0) {
        append(out, "\n", 1);
        return 0;
    }
    char path[1024];
    int status = find_include(path, sizeof path, name, folder, source, err);
    if (status == 0) {
        status = inline_file(out, path, name, source, depth + 1, err);
    }
    if (status) {
        return sb_fail_in(err, status, "%s:%d", shown, line);
    }
    append_format(out, "#line %d \"%s\"\n", line + 1, shown);
    return 0;
}

static int inline_file(struct text *out, const char *path, const char *shown,
                       const struct sb_source *source, int depth, struct sb_error *err)
{
    if (depth > DEPTH) {
        return sb_fail(err, SB_ECOMPILE, "\"%s\" includes itself", shown);
    }
    char *data = NULL, folder[1024];
    size_t length = 0;
    int status = sb_fs_read(&data, &length, path, err);
    if (status) {
        return status;
    }
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    *(slash ? slash : folder) = '\0';
    append_format(out, "#line 1 \"%s\"\n", shown);
    int line = 1;
    for (const char *at = data; status == 0 && at < data + length; ++line) {
        const char *end = memchr(at, '\n', (size_t)(data + length - at));
        const size_t bytes = (size_t)((end ? end : data + length) - at);
        char name[256];
        if (quoted_include(name, sizeof name, at, bytes)) {
            status =
                inline_include(out, name, slash ? folder : ".", shown, line, source, depth, err);
        } else {
            append(out, at, bytes);
            append(out, "\n", 1);
        }
        at += bytes + 1;
    }
    free(data);
    return status;
}

/*
 * Fast maths leaves NaN, infinity and the order of operations alone: no -cl-finite-math-only, no
 * -cl-fast-relaxed-math. Strict: no contraction (the dialect's pragma), IEEE division and root.
 */
static void write_flags(struct text *out, const struct sb_source *source)
{
    const struct sb_case *c = source->c;
    append_format(out, "-cl-std=CL1.2 -DSB_REAL_FLOAT=%d -DSB_INDEX_64=%d -DSB_STRICT=%d",
                  c->precision == SB_FLOAT, c->index_bits == 64, c->maths == SB_STRICT);
    append_format(out, " -DSB_EXACT=1 -DSB_STREAM_STORES=%d", source->stream_stores);
    const struct sb_tuning *tuning = c->kernel->tunings;
    for (int i = 0; tuning && tuning[i].name; ++i) {
        append_format(out, " -D%s=%d", tuning[i].name, c->tuning[i]);
    }
    const unsigned toggles = source->toggles;
    const bool contract = !(toggles & SB_TOGGLE_NO_CONTRACT);
    append_format(out, "%s%s%s%s",
                  toggles & (SB_TOGGLE_UNOPTIMISED | SB_TOGGLE_DEBUG) ? " -cl-opt-disable" : "",
                  contract ? "" : " -DSB_NO_CONTRACT=1",
                  toggles & SB_TOGGLE_REVERSED ? " -DSB_REVERSED=1" : "",
                  toggles & SB_TOGGLE_BARRIERS ? " -DSB_BARRIERS=1" : "");
    if (c->maths == SB_FAST) {
        append_format(out, "%s -cl-no-signed-zeros", contract ? " -cl-mad-enable" : "");
    } else if (c->precision == SB_FLOAT) {
        append_format(out, " -cl-fp32-correctly-rounded-divide-sqrt");
    }
}

static const char *file_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

int sb_opencl_compile(struct sb_artifact *out, const struct sb_source *source, struct sb_error *err)
{
    const uint64_t start = now_ns();
    *out = (struct sb_artifact){0};
    if (source->target && strcmp(source->target, "native") != 0) {
        return sb_fail(
            err, SB_EINVAL,
            "opencl: no target '%s'; code is compiled by the device's driver: \"native\"",
            source->target);
    }
    struct text flags = {0}, text = {0};
    write_flags(&flags, source);
    append_format(&text, "/* %s */\n", flags.data ? flags.data : "");
    int status = inline_file(&text, source->file, file_of(source->file), source, 0, err);
    if (status == 0 && (flags.failed || text.failed || flags.length >= sizeof out->flags)) {
        status = sb_fail(err, SB_ENOMEM, "opencl: out of memory for the text of %s", source->file);
    }
    if (status == 0) {
        snprintf(out->flags, sizeof out->flags, "%s", flags.data);
        snprintf(out->compiler, sizeof out->compiler, "OpenCL C 1.2, by the device's driver");
        sb_text_sha256(out->key, text.data, text.length);
        char name[80];
        snprintf(name, sizeof name, "%s.cl", out->key);
        status = sb_fs_join(out->path, sizeof out->path, source->cache, name, err);
    }
    if (status == 0) {
        out->cached = access(out->path, R_OK) == 0;
        status = out->cached ? 0 : sb_fs_write(out->path, text.data, text.length, err);
        out->compile_ns = out->cached ? 0 : now_ns() - start;
    }
    free(flags.data);
    free(text.data);
    return status;
}

bool sb_opencl_fills(const char *text, const char *function)
{
    char head[96];
    snprintf(head, sizeof head, "KERNEL(%s)", function);
    const char *body = strstr(text, head);
    if (!body) {
        return false;
    }
    const char *next = strstr(body + 1, "KERNEL");
    const size_t length = next ? (size_t)(next - body) : strlen(body);
    return memmem(body, length, "FILL_1D(", 8) && !memmem(body, length, "FOR_EACH", 8);
}

/* PoCL begins a message "error: <temporary>.cl:" and goes on with the name that #line gave; others begin with it. */
void sb_opencl_excerpt(char *out, size_t room, const char *log, const char *folder)
{
    size_t used = 0;
    int lines = 0, keep = 0;
    out[0] = '\0';
    for (const char *at = log; *at && lines < 12; at += strcspn(at, "\n"), at += *at == '\n') {
        const int length = (int)strcspn(at, "\n");
        const bool error = memmem(at, (size_t)length, "error", 5) != NULL;
        keep = error ? 3 : keep - 1; /* the message, the line, the caret */
        if (keep <= 0 || length == 0) {
            continue;
        }
        const char *name = memmem(at, (size_t)length, ".dev.c:", 7);
        while (name && name > at && name[-1] != ' ' && name[-1] != '/') {
            --name;
        }
        const bool complete = name && (name == at || name[-1] == ' ');
        const int before = complete ? (int)(name - at) : 0;
        const int wrote =
            snprintf(out + used, room - used, "%s%.*s%s%s%.*s", lines ? "\n" : "", before, at,
                     complete ? folder : "", complete ? "/" : "", length - before, at + before);
        if (wrote < 0 || (size_t)wrote >= room - used) {
            return;
        }
        used += (size_t)wrote;
        ++lines;
    }
    if (used == 0) {
        snprintf(out, room, "%.*s", (int)(room > 1 ? room - 1 : 0), log);
    }
}
