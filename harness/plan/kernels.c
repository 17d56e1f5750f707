/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/kernels.h"

#include "harness/build/compiler.h"
#include "harness/util/fs.h"
#include "harness/util/text.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIAL_S 10
#define TRIED 42 /* exit status of a trial that came to its end: a kernel may call exit() */

static bool holds_dialect(const char *folder)
{
    char file[PATH_MAX];
    return sb_fs_join(file, sizeof file, folder, "portable.h", NULL) == 0 &&
           access(file, R_OK) == 0;
}

const char *sb_kernels_folder(void)
{
    static char folder[PATH_MAX];
    if (folder[0] == '\0') {
        const char *asked = getenv("SWITCHBENCH_KERNELS");
        if (asked && *asked) {
            snprintf(folder, sizeof folder, "%s", asked);
            return folder;
        }
        static const char *const beside[] = {"../kernels", "../share/switchbench/kernels"};
        for (size_t i = 0; i < sizeof beside / sizeof *beside; ++i) {
            char candidate[PATH_MAX];
            if (sb_fs_join(candidate, sizeof candidate, sb_fs_program_folder(), beside[i], NULL) ==
                    0 &&
                holds_dialect(candidate) && realpath(candidate, folder)) {
                return folder;
            }
        }
        snprintf(folder, sizeof folder, "%s/kernels", SB_SOURCE_DIR);
    }
    return folder;
}

static const char *kernel_name(int i, const void *payload)
{
    (void)payload;
    return sb_kernels[i]->name;
}

static int find_built_in(const struct sb_kernel **out, const char *name, struct sb_error *err)
{
    int count = 0;
    for (; sb_kernels[count]; ++count) {
        if (strcmp(sb_kernels[count]->name, name) == 0) {
            *out = sb_kernels[count];
            return 0;
        }
    }
    const char *closest = sb_text_closest(name, count, kernel_name, NULL);
    return sb_fail(err, SB_ENOTFOUND,
                   closest
                       ? "no kernel '%s': did you mean '%s'? ('switchbench list kernels' shows all)"
                       : "no kernel '%s' ('switchbench list kernels' shows all)",
                   name, closest);
}

/* Saving a source for a device does not make the host file another one, unless that includes such sources. */
static const char *device_sources(char *room, size_t size, const char *folder, const char *name)
{
    char host[PATH_MAX];
    char *text = NULL;
    size_t length = 0;
    snprintf(host, sizeof host, "%s/%s.c", folder, name);
    snprintf(room, size, "%s.*.c", name);
    const bool includes = sb_fs_read(&text, &length, host, NULL) != 0 || strstr(text, ".c\"");
    free(text);
    return includes ? NULL : room;
}

/* It stands in a compiler's flags, and between the quotes of an #include. */
static bool plain_path(const char *path)
{
    for (const char *c = path; *c; ++c) {
        if ((unsigned char)*c <= ' ' || *c == '"' || *c == '\\' || *c == 0x7f) {
            return false;
        }
    }
    return sb_text_is_utf8(path);
}

/* The host file of a folder, compiled once into the cache. */
static int compile_host(struct sb_compiled *out, const char *folder, const char *name,
                        const char *cache, struct sb_error *err)
{
    struct sb_compiler compiler;
    int code = sb_compiler_find(&compiler, err);
    if (code != 0) {
        return code;
    }
    char root[PATH_MAX];
    char flags[3 * PATH_MAX];
    char text[2 * PATH_MAX];
    char what[300];
    char devices[64];
    snprintf(root, sizeof root, "%s/..", sb_kernels_folder());
    if (!plain_path(folder) || !plain_path(root)) {
        return sb_fail(err, SB_EINVAL,
                       "%s: a kernel folder's path must be UTF-8 without spaces or quotes", folder);
    }
    snprintf(flags, sizeof flags, "-std=gnu11 -O2 -g -fPIC -Wall -ffp-contract=off -I%s -I%s -I%s",
             root, sb_kernels_folder(), folder);
    snprintf(text, sizeof text, "#include \"%s/%s.c\"\n", folder, name);
    snprintf(what, sizeof what, "%.250s/%.40s.c", folder, name);
    char kernel_h[PATH_MAX];
    char toolbox_h[PATH_MAX];
    snprintf(kernel_h, sizeof kernel_h, "%s/kernel.h", sb_kernels_folder());
    snprintf(toolbox_h, sizeof toolbox_h, "%s/toolbox.h", sb_kernels_folder());
    const char *const depends[] = {folder, kernel_h, toolbox_h, NULL};
    return sb_compile_shared(
        out,
        &(struct sb_compile_job){.compiler = &compiler,
                                 .flags = flags,
                                 .text = text,
                                 .depends = depends,
                                 .but = device_sources(devices, sizeof devices, folder, name),
                                 .cache = cache,
                                 .what = what},
        err);
}

static int check_table(const struct sb_kernel *k, const char *name, const char *folder,
                       struct sb_error *err)
{
    if (k->abi != SB_KERNEL_ABI) {
        return sb_fail(err, SB_EVERSION,
                       "%s: written for kernel contract %d, this switchbench has %d", folder,
                       k->abi, SB_KERNEL_ABI);
    }
    const struct {
        const char *what;
        bool there;
    } needed[] = {
        {"name equal to the folder", k->name && strcmp(k->name, name) == 0},
        {"title", k->title},
        {"source", k->source},
        {"params", k->params},
        {"presets", k->presets},
        {"precisions", k->precisions != 0},
        {"arrays", k->arrays},
        {"fill", k->fill},
        {"launches", k->launches},
        {"work", k->work},
        {"reference", k->reference},
        {"verify", k->verify},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; ++i) {
        if (!needed[i].there) {
            return sb_fail(err, SB_EINVAL, "%s: its sb_kernel_%s lacks '%s'", folder, name,
                           needed[i].what);
        }
    }
    return 0;
}

/* Loaded kernels stay loaded for the life of the program; a folder is loaded once. */
static struct loaded {
    char folder[PATH_MAX];
    const struct sb_kernel *kernel;
    struct loaded *next;
} *all_loaded;

/* In a process of its own: what planning will call. */
static void try_here(const char *path, const char *symbol)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        signal(numbers[i], SIG_DFL); /* it dies of what it did, whoever else listens */
    }
    alarm(TRIAL_S);
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct sb_kernel *kernel = object ? dlsym(object, symbol) : NULL;
    const bool usable = kernel && kernel->abi == SB_KERNEL_ABI && kernel->params &&
                        kernel->presets && kernel->arrays;
    struct sb_machine machine;
    sb_machine_here(&machine, "cpu");
    for (int i = 0; usable && kernel->presets[i].preset; ++i) {
        struct sb_array arrays[SB_MAX_ARRAYS];
        struct sb_case c;
        sb_case_init(&c, kernel, &kernel->presets[i]);
        sb_case_tune(&c, &machine);
        (void)kernel->arrays(arrays, &c);
    }
    _exit(TRIED);
}

/* A person's own kernel may crash or loop: not in this process. */
static int try_apart(const char *path, const char *symbol, const char *host, struct sb_error *err)
{
    const pid_t pid = fork();
    if (pid < 0) {
        return sb_fail(err, SB_EINFRA, "%s: cannot start a process to try it: %s", host,
                       strerror(errno));
    }
    if (pid == 0) {
        try_here(path, symbol);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == TRIED) {
        return 0;
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        return sb_fail(err, SB_ECOMPILE, "%s: its presets and arrays were not known after %d s",
                       host, TRIAL_S);
    }
    return sb_fail(err, SB_ECOMPILE,
                   "%s: asked for its presets and arrays, it ended the process: %s", host,
                   WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it called exit()");
}

static int load_folder(const struct sb_kernel **out, const char *folder, struct sb_error *err)
{
    for (const struct loaded *l = all_loaded; l; l = l->next) {
        if (strcmp(l->folder, folder) == 0) {
            *out = l->kernel;
            return 0;
        }
    }
    const char *slash = strrchr(folder, '/');
    const char *name = slash ? slash + 1 : folder;
    char host[PATH_MAX];
    char cache[PATH_MAX];
    if (strlen(name) > 40 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name)) {
        return sb_fail(err, SB_EINVAL,
                       "%s: a kernel's folder is named [a-z][a-z0-9_]*, at most 40 letters",
                       folder);
    }
    snprintf(host, sizeof host, "%s/%s.c", folder, name);
    if (access(host, R_OK) != 0) {
        return sb_fail(err, SB_ENOTFOUND, "%s is no kernel folder: it has no %s.c", folder, name);
    }
    struct sb_compiled compiled;
    int code = sb_fs_cache(cache, sizeof cache, "code", err);
    if (code == 0) {
        code = compile_host(&compiled, folder, name, cache, err);
    }
    if (code != 0) {
        return code;
    }
    char symbol[80];
    snprintf(symbol, sizeof symbol, "sb_kernel_%s", name);
    code = try_apart(compiled.path, symbol, host, err);
    if (code != 0) {
        return code;
    }
    void *object = dlopen(compiled.path, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        return sb_fail(err, SB_ECOMPILE, "%s.c cannot be loaded: %s", name, dlerror());
    }
    const struct sb_kernel *kernel = dlsym(object, symbol);
    if (!kernel) {
        return sb_fail(err, SB_EINVAL, "%s/%s.c does not define 'const struct sb_kernel %s'",
                       folder, name, symbol);
    }
    code = check_table(kernel, name, folder, err);
    struct loaded *l = code == 0 ? calloc(1, sizeof *l) : NULL;
    if (l) {
        snprintf(l->folder, sizeof l->folder, "%s", folder);
        l->kernel = kernel;
        l->next = all_loaded;
        all_loaded = l;
        *out = kernel;
    }
    return code != 0 ? code : l ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

int sb_kernel_find(const struct sb_kernel **out, char *folder, size_t room, const char *name,
                   struct sb_error *err)
{
    if (!strchr(name, '/')) {
        const int code = find_built_in(out, name, err);
        return code != 0 ? code : sb_fs_join(folder, room, sb_kernels_folder(), name, err);
    }
    char full[PATH_MAX];
    if (!realpath(name, full)) {
        return sb_fail(err, SB_ENOTFOUND, "no kernel folder %s", name);
    }
    if ((size_t)snprintf(folder, room, "%s", full) >= room) {
        return sb_fail(err, SB_EINVAL, "%s: path too long", full);
    }
    char own[PATH_MAX];
    snprintf(own, sizeof own, "%s/", sb_kernels_folder());
    if (strncmp(full, own, strlen(own)) == 0 && !strchr(full + strlen(own), '/')) {
        return find_built_in(out, full + strlen(own), err);
    }
    return load_folder(out, full, err);
}
