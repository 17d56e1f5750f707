/* SPDX-License-Identifier: Apache-2.0 */
/* compile(): flags, the unit, its key; the cache; the first compiler that is here. */
#include "backends/gpu_driver/gpu_driver.h"
#include "harness/build/compiler.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"
#include "harness/util/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *file_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_portable(const struct sb_source *source)
{
    return strcmp(source->c->variant, "portable") == 0;
}

/* "native" is what device 0 is. */
static int find_arch(char *out, size_t room, const struct sb_gpu_platform *platform,
                     const struct sb_source *source, struct sb_error *err)
{
    if (strcmp(source->target, "native") != 0) {
        snprintf(out, room, "%s", source->target);
        return 0;
    }
    struct sb_probe found;
    sb_gpu_probe(platform, &found);
    if (found.count == 0) {
        return sb_fail(err, SB_EABSENT, "target native needs a device: %s", found.reason);
    }
    snprintf(out, room, "%s", found.device[0].target);
    return 0;
}

static const struct sb_gpu_compiler *find_compiler(char *identity, size_t room,
                                                   const struct sb_gpu_platform *platform,
                                                   const char *arch, struct sb_error *err)
{
    const struct sb_gpu_compiler *const *compiler = platform->compilers(arch);
    if (!compiler) {
        sb_fail(err, SB_EINVAL, "%s: target '%.40s' is no architecture of this backend",
                platform->name, arch);
        return NULL;
    }
    char reasons[1024] = "";
    for (; *compiler; ++compiler) {
        struct sb_error why = {0};
        if ((*compiler)->ready(identity, room, arch, &why) == 0) {
            return *compiler;
        }
        const size_t used = strlen(reasons);
        snprintf(reasons + used, sizeof reasons - used, "%s%.400s", used ? "; " : "", why.text);
    }
    sb_fail(err, SB_EABSENT, "%s: no compiler for %s: %s", platform->name, arch, reasons);
    return NULL;
}

static void write_flags(char *out, size_t room, const struct sb_gpu_compiler *compiler,
                        const struct sb_source *source, const char *arch)
{
    const struct sb_case *c = source->c;
    size_t used = (size_t)snprintf(
        out, room, "-DSB_REAL_FLOAT=%d -DSB_INDEX_64=%d -DSB_STRICT=%d -DSB_EXACT=0 -I%s -I%s",
        c->precision == SB_FLOAT, c->index_bits == 64, c->maths == SB_STRICT, source->include,
        source->folder);
    for (int i = 0; c->kernel->tunings && c->kernel->tunings[i].name && used < room; ++i) {
        used += (size_t)snprintf(out + used, room - used, " -D%s=%d", c->kernel->tunings[i].name,
                                 c->tuning[i]);
    }
    if (used < room) {
        used += (size_t)snprintf(out + used, room - used, "%s%s",
                                 source->toggles & SB_TOGGLE_REVERSED ? " -DSB_REVERSED=1" : "",
                                 source->toggles & SB_TOGGLE_BARRIERS ? " -DSB_BARRIERS=1" : "");
    }
    if (used < room) {
        out[used++] = ' ';
        compiler->flags(out + used, room - used, source, arch);
    }
}

/* Host code that mentions a template's instance has the compiler make it, in its pass for the device, too. */
static void mention_instances(FILE *unit, const struct sb_launches *launches)
{
    for (int i = 0; i < launches->count; ++i) {
        if (strchr(launches->spec[i].function, '<')) {
            fprintf(unit,
                    "const void *sb_mention_%d();\nconst void *sb_mention_%d() { return (const "
                    "void *)&%s; }\n",
                    i, i, launches->spec[i].function);
        }
    }
}

/* Portable sources get the dialect before anything; a native one is its author's from the first line on. */
static int write_unit(char **out, const struct sb_gpu_compiler *compiler,
                      const struct sb_source *source, struct sb_error *err)
{
    size_t length = 0;
    FILE *unit = open_memstream(out, &length);
    if (!unit) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    fputs(compiler->prelude ? compiler->prelude(source) : "", unit);
    fprintf(unit, "%s#include \"%s\"\n", is_portable(source) ? "#include \"portable.h\"\n" : "",
            source->file);
    if (!compiler->names_instances) {
        mention_instances(unit, source->launches);
    }
    fclose(unit);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

static void make_key(char out[65], const struct sb_source *source, const char *identity,
                     const char *flags, const char *unit)
{
    struct sb_hash *hash = sb_hash_new();
    sb_hash_add_text(hash, identity);
    sb_hash_add_text(hash, flags);
    sb_hash_add_text(hash, unit);
    for (int i = 0; i < source->launches->count; ++i) {
        sb_hash_add_text(hash, source->launches->spec[i].function);
    }
    char path[1100];
    snprintf(path, sizeof path, "%s/portable.h", source->include);
    sb_compile_hash_path(hash, path);
    snprintf(path, sizeof path, "%s/dialect", source->include);
    sb_compile_hash_path(hash, path);
    sb_compile_hash_path(hash, source->folder);
    sb_compile_hash_path(hash, source->file);
    sb_hash_finish(hash, out);
}

/* Compiles beside the cache's name and moves both files there: readers see all or nothing. */
static int fill_cache(const struct sb_artifact *out, const struct sb_gpu_compiler *compiler,
                      struct sb_gpu_job *job, struct sb_error *err)
{
    char object[1100], sidecar[1100], final_sidecar[1100];
    snprintf(object, sizeof object, "%s.%ld.tmp", out->path, (long)getpid());
    snprintf(sidecar, sizeof sidecar, "%s.%ld.json", out->path, (long)getpid());
    snprintf(final_sidecar, sizeof final_sidecar, "%s.json", out->path);
    job->object = object;
    job->sidecar = sidecar;
    int code =
        sb_fs_mkdirs(job->source->cache, err); /* somebody may have emptied the cache meanwhile */
    code = code ? code : compiler->compile(job, err);
    if (code == 0 && (rename(sidecar, final_sidecar) != 0 || rename(object, out->path) != 0)) {
        code = sb_fail(err, SB_EIO, "cannot write %s: %s", out->path, strerror(errno));
    }
    unlink(object);
    unlink(sidecar);
    return code;
}

int sb_gpu_compile(const struct sb_gpu_platform *platform, struct sb_artifact *out,
                   const struct sb_source *source, struct sb_error *err)
{
    *out = (struct sb_artifact){0};
    if (strpbrk(source->include, " \"") || strpbrk(source->folder, " \"")) {
        return sb_fail(err, SB_EINVAL, "%s: a kernel folder's path must not have spaces or quotes",
                       source->folder);
    }
    if (sb_gpu_is_hosted(source)) {
        return sb_gpu_compile_hosted(out, source, err);
    }
    char arch[64], name[128], what[300];
    char *unit = NULL;
    int code = find_arch(arch, sizeof arch, platform, source, err);
    const struct sb_gpu_compiler *compiler =
        code ? NULL : find_compiler(out->compiler, sizeof out->compiler, platform, arch, err);
    if (!compiler) {
        return code ? code : err ? err->code : SB_EABSENT;
    }
    write_flags(out->flags, sizeof out->flags, compiler, source, arch);
    if (strlen(out->flags) + 1 >= sizeof out->flags) {
        return sb_fail(err, SB_EINVAL, "the compiler flags do not fit");
    }
    code = write_unit(&unit, compiler, source, err);
    if (code != 0) {
        return code;
    }
    make_key(out->key, source, out->compiler, out->flags, unit);
    snprintf(name, sizeof name, "%s.%s", out->key,
             strncmp(arch, "gfx", 3) == 0 ? "hsaco" : "cubin");
    snprintf(what, sizeof what, "%.40s/%.200s", source->c->kernel->name, file_of(source->file));
    code = sb_fs_join(out->path, sizeof out->path, source->cache, name, err);
    out->cached = code == 0 && access(out->path, R_OK) == 0;
    if (code == 0 && !out->cached) {
        struct sb_gpu_job job = {
            .source = source, .arch = arch, .unit = unit, .flags = out->flags, .what = what};
        const unsigned long long begun_ns = sb_process_now_ns();
        code = fill_cache(out, compiler, &job, err);
        out->compile_ns = sb_process_now_ns() - begun_ns;
    }
    free(unit);
    return code;
}
