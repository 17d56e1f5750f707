/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/build/compiler.h"

#include "harness/util/fs.h"
#include "harness/util/process.h"
#include "harness/util/text.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAGS_MOST 128
#define COMPILE_LIMIT_S 300.0

static void hash_file(struct sb_hash *hash, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    if (sb_fs_read(&text, &length, path, NULL) == 0) {
        sb_hash_add(hash, text, length + 1);
        free(text);
    }
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_source(const struct dirent *entry)
{
    static const char *const suffixes[] = {".c", ".h", ".cl", ".cu", ".cuh", ".hip", ".hpp"};
    const char *dot = strrchr(entry->d_name, '.');
    for (size_t i = 0; dot && dot > entry->d_name && i < sizeof suffixes / sizeof *suffixes; ++i) {
        if (strcmp(dot, suffixes[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static void hash_some(struct sb_hash *hash, const char *path, const char *but)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        hash_file(hash, path);
        return;
    }
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, is_source, by_name);
    for (int i = 0; i < count; ++i) {
        char file[1024];
        if ((!but || fnmatch(but, entries[i]->d_name, 0) != 0) &&
            sb_fs_join(file, sizeof file, path, entries[i]->d_name, NULL) == 0) {
            sb_hash_add_text(hash, entries[i]->d_name);
            hash_file(hash, file);
        }
        free(entries[i]);
    }
    free(entries);
}

void sb_compile_hash_path(struct sb_hash *hash, const char *path)
{
    hash_some(hash, path, NULL);
}

void sb_compiler_key(char out[65], const struct sb_compile_job *job)
{
    struct sb_hash *hash = sb_hash_new();
    sb_hash_add_text(hash, job->compiler->path);
    sb_hash_add_text(hash, job->compiler->identity);
    sb_hash_add_text(hash, job->program ? "program" : "shared");
    sb_hash_add_text(hash, job->flags);
    sb_hash_add_text(hash, job->text);
    for (int i = 0; job->depends && job->depends[i]; ++i) {
        hash_some(hash, job->depends[i], job->but);
    }
    sb_hash_finish(hash, out);
}

/* A launcher that calls what the source does not define is the kernel's mistake, and is said in the kernel's words. */
static bool names_missing(char *out, size_t room, const struct sb_compile_job *job, const char *log)
{
    static const char told[] = "implicit declaration of function ";
    for (const char *at = strstr(log, told); at; at = strstr(at + 1, told)) {
        const char *name = at + sizeof told - 1;
        name += strncmp(name, "\xe2\x80\x98", 3) == 0 ? 3 : *name == '\'';
        const int length =
            (int)strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        char launcher[200];
        snprintf(launcher, sizeof launcher, "void sb_run_%.*s(", length, name);
        if (length < 100 && strstr(job->text, launcher)) {
            snprintf(out, room, "%.*s", length, name);
            return true;
        }
    }
    return false;
}

/* The first errors matter and the whole log may not fit: keep lines from the first "error" on, then what is left. */
static int compile_error(const struct sb_compile_job *job, const char *log, struct sb_error *err)
{
    char missing[128];
    if (names_missing(missing, sizeof missing, job, log)) {
        return sb_fail(err, SB_ECOMPILE, "%s has no KERNEL(%s), which the repetition launches",
                       job->what, missing);
    }
    const char *from = strstr(log, "error:");
    while (from && from > log && from[-1] != '\n') {
        --from;
    }
    const char *told = from ? from : log;
    return sb_fail(err, SB_ECOMPILE, "%s does not compile: %.*s", job->what, 3000, told);
}

static int run_compiler(const struct sb_compile_job *job, const char *source, const char *object,
                        struct sb_error *err)
{
    char flags[4096];
    const int used = snprintf(flags, sizeof flags, "%s", job->flags);
    if (used < 0 || (size_t)used >= sizeof flags) {
        return sb_fail(err, SB_EINVAL, "%s: the flags are longer than %zu bytes", job->what,
                       sizeof flags);
    }
    const char *argv[FLAGS_MOST + 8];
    int n = 0;
    argv[n++] = job->compiler->path;
    char *rest = NULL;
    for (char *f = strtok_r(flags, " ", &rest); f; f = strtok_r(NULL, " ", &rest)) {
        if (n > FLAGS_MOST) {
            return sb_fail(err, SB_EINVAL, "%s: more than %d flags", job->what, FLAGS_MOST);
        }
        argv[n++] = f;
    }
    if (!job->program) {
        argv[n++] = "-shared";
    }
    argv[n++] = "-o";
    argv[n++] = object;
    argv[n++] = source;
    argv[n++] = "-lm";
    argv[n] = NULL;
    struct sb_process_result result;
    const int code = sb_process_run(&result, argv, COMPILE_LIMIT_S, err);
    if (code != 0) {
        return code;
    }
    int failed = 0;
    if (result.timed_out) {
        failed = sb_fail(err, SB_ECOMPILE, "%s: the compiler did not end in %.0f s", job->what,
                         COMPILE_LIMIT_S);
    } else if (result.exit_status != 0) {
        failed = compile_error(job, result.output, err);
    }
    sb_process_result_free(&result);
    return failed;
}

int sb_compile_shared(struct sb_compiled *out, const struct sb_compile_job *job,
                      struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    sb_compiler_key(out->key, job);
    char name[80];
    snprintf(name, sizeof name, "%s.%s", out->key, job->program ? "run" : "so");
    int code = sb_fs_join(out->path, sizeof out->path, job->cache, name, err);
    if (code != 0) {
        return code;
    }
    if (access(out->path, R_OK) == 0) {
        out->cached = true;
        return 0;
    }
    char source[1100];
    char object[1100];
    snprintf(source, sizeof source, "%s.%ld%s", out->path, (long)getpid(),
             job->suffix ? job->suffix : ".c");
    snprintf(object, sizeof object, "%s.%ld.tmp", out->path, (long)getpid());
    const unsigned long long begun = sb_process_now_ns();
    code = sb_fs_mkdirs(job->cache, err); /* somebody may have emptied the cache meanwhile */
    code = code != 0 ? code : sb_fs_write(source, job->text, strlen(job->text), err);
    if (code == 0) {
        code = run_compiler(job, source, object, err);
    }
    if (code == 0 && rename(object, out->path) != 0) {
        code = sb_fail(err, SB_EIO, "cannot write %s: %s", out->path, strerror(errno));
    }
    unlink(source);
    unlink(object);
    out->compile_ns = sb_process_now_ns() - begun;
    return code;
}
