/* SPDX-License-Identifier: Apache-2.0 */
/* The built-ins' objects, one per file of device/opencl/, and the watched accesses: compiled once per compiler. */
#include "backends/twin/opencl.h"

#include "harness/util/fs.h"
#include "harness/util/process.h"
#include "harness/util/text.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMPILE_LIMIT_S 120.0
#define LANES_MOST 8

/* The library is OpenCL C 3.0 with all that clang knows, without its declarations of built-ins. */
static const char *const flags_cl[] = {"-x",
                                       "cl",
                                       "-cl-std=CL3.0",
                                       "-Xclang",
                                       "-cl-ext=+all",
                                       "-cl-no-stdinc",
                                       "-include",
                                       "opencl-c-base.h",
                                       "-ffp-contract=off",
                                       "-fno-math-errno",
                                       NULL};
static const char *const flags_c[] = {"-x", "c", "-std=gnu11", NULL};
static const char *const flags_all[] = {
    "-O2", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections", "-w", NULL};

struct unit {
    char source[1024], object[1024];
    bool opencl;
};
struct work {
    const char *clang;
    struct unit *unit;
    int count;
    atomic_int next, failed;
    struct sb_error err; /* of the first that failed */
};

static bool ends_with(const char *name, const char *end)
{
    const size_t length = strlen(name), tail = strlen(end);
    return length > tail && strcmp(name + length - tail, end) == 0;
}

static int add_all(const char **argv, int n, const char *const *flags)
{
    for (; *flags; ++flags) {
        argv[n++] = *flags;
    }
    return n;
}

static int compile(const struct work *work, const struct unit *unit, struct sb_error *err)
{
    char object[1100];
    const char *argv[40];
    snprintf(object, sizeof object, "%s.%ld", unit->object, (long)getpid());
    int n = 0;
    argv[n++] = work->clang;
    n = add_all(argv, n, unit->opencl ? flags_cl : flags_c);
    n = add_all(argv, n, flags_all);
    argv[n++] = "-c";
    argv[n++] = unit->source;
    argv[n++] = "-o";
    argv[n++] = object;
    argv[n] = NULL;
    struct sb_process_result result;
    int code = sb_process_run(&result, argv, COMPILE_LIMIT_S, err);
    if (code != 0) {
        return code;
    }
    if (result.exit_status != 0) {
        code = sb_fail(err, SB_ECOMPILE, "the twin's built-ins do not compile (%s): %.*s",
                       unit->source, 1500, result.output);
    } else if (rename(object, unit->object) != 0) {
        code = sb_fail(err, SB_EIO, "cannot write %s", unit->object);
    }
    sb_process_result_free(&result);
    return code;
}

static void *lane(void *payload)
{
    struct work *work = payload;
    for (int i = atomic_fetch_add(&work->next, 1); i < work->count;
         i = atomic_fetch_add(&work->next, 1)) {
        struct sb_error err = {0};
        if (access(work->unit[i].object, R_OK) != 0 && compile(work, &work->unit[i], &err) != 0 &&
            atomic_fetch_add(&work->failed, 1) == 0) {
            work->err = err;
        }
    }
    return NULL;
}

static int compile_all(struct work *work, struct sb_error *err)
{
    pthread_t thread[LANES_MOST];
    int started = 0;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    while (started < LANES_MOST && started < cores - 1 &&
           pthread_create(&thread[started], NULL, lane, work) == 0) {
        ++started;
    }
    lane(work);
    while (started > 0) {
        pthread_join(thread[--started], NULL);
    }
    if (work->failed && err) {
        *err = work->err;
    }
    return work->failed ? (work->err.code != 0 ? work->err.code : SB_ECOMPILE) : 0;
}

static int hash_file(struct sb_hash *hash, const char *path, struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    const int code = sb_fs_read(&text, &length, path, err);
    if (code == 0) {
        sb_hash_add_text(hash, text);
    }
    free(text);
    return code;
}

static int is_part(const struct dirent *entry)
{
    return ends_with(entry->d_name, ".cl") || ends_with(entry->d_name, ".c") ||
           ends_with(entry->d_name, ".h");
}

/* The sources of @p folder, sorted by name; the caller frees them. */
static int list(struct dirent ***out, const char *folder, struct sb_error *err)
{
    const int count = scandir(folder, out, is_part, alphasort);
    return count > 0 ? count : sb_fail(err, SB_EIO, "the twin's built-ins are not in %s", folder);
}

static int hash_folder(struct sb_hash *hash, const char *folder, struct sb_error *err)
{
    char path[1300];
    struct dirent **entry = NULL;
    const int count = list(&entry, folder, err);
    int code = count < 0 ? count : 0;
    for (int i = 0; i < count; ++i) {
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        code = code != 0 ? code : hash_file(hash, path, err);
        free(entry[i]);
    }
    free(entry);
    return code;
}

static void folder_of(char out[1024], const char *device)
{
    snprintf(out, 1024, "%s/opencl", device);
}

int sb_cl_library_hash(struct sb_hash *hash, const char *device, struct sb_error *err)
{
    const char *const *const flags[] = {flags_cl, flags_c, flags_all};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; ++i) {
        for (const char *const *flag = flags[i]; *flag; ++flag) {
            sb_hash_add_text(hash, *flag);
        }
    }
    char folder[1024];
    folder_of(folder, device);
    const int code = hash_folder(hash, device, err);
    return code != 0 ? code : hash_folder(hash, folder, err);
}

/* A file that says "words: …" is taken only where the kernel's code @p ir has one of them: few kernels need all. */
static bool wanted(const char *path, const char *ir)
{
    char *text = NULL, *rest = NULL;
    size_t length = 0;
    if (sb_fs_read(&text, &length, path, NULL) != 0) {
        return false;
    }
    char *words = strstr(text, "/* words: ");
    bool found = !words;
    if (words) {
        words += strlen("/* words: ");
        words[strcspn(words, "*\n")] = '\0';
        for (char *w = strtok_r(words, " ", &rest); w && !found; w = strtok_r(NULL, " ", &rest)) {
            found = strstr(ir, w) != NULL;
        }
    }
    free(text);
    return found;
}

static void add_unit(struct work *work, const char *folder, const char *name, const char *cache,
                     const char *key)
{
    struct unit *unit = &work->unit[work->count];
    if (work->count < SB_CL_OBJECTS_MOST) {
        work->count++;
        unit->opencl = ends_with(name, ".cl");
        snprintf(unit->source, sizeof unit->source, "%s/%s", folder, name);
        snprintf(unit->object, sizeof unit->object, "%s/twin-%.32s-%s.o", cache, key, name);
    }
}

int sb_cl_library(struct sb_cl_library *out, const struct sb_compiler *clang, const char *device,
                  bool counted, const char *ir, const char *cache, struct sb_error *err)
{
    static struct unit unit[SB_CL_OBJECTS_MOST];
    struct work work = {.clang = clang->path, .unit = unit};
    char folder[1024], key[65];
    struct sb_hash *hash = sb_hash_new();
    sb_hash_add_text(hash, clang->identity);
    int code = sb_cl_library_hash(hash, device, err);
    sb_hash_finish(hash, key);
    struct dirent **entry = NULL;
    folder_of(folder, device);
    const int count = code == 0 ? list(&entry, folder, err) : code;
    add_unit(&work, device, counted ? "access_counted.c" : "access.c", cache, key);
    for (int i = 0; i < count; ++i) {
        char path[1300];
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        if (!ends_with(path, ".h") && wanted(path, ir)) {
            add_unit(&work, folder, entry[i]->d_name, cache, key);
        }
        free(entry[i]);
    }
    free(entry);
    out->count = work.count;
    for (int i = 0; i < work.count; ++i) {
        snprintf(out->path[i], sizeof out->path[i], "%s", unit[i].object);
    }
    code = count < 0 ? count : 0;
    code = code != 0 ? code : sb_fs_mkdirs(cache, err);
    return code != 0 ? code : compile_all(&work, err);
}
