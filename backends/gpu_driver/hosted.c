/* SPDX-License-Identifier: Apache-2.0 */
/* Vendor variants: C for the host, as on the cpu backend, that gets the device's pointers and puts its work on the
 * device's stream (kernels/vendor_gpu.h). */
#include "backends/cpu/cpu.h"
#include "backends/gpu_driver/gpu_driver.h"
#include "harness/build/compiler.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sb_gpu_is_hosted(const struct sb_source *source)
{
    const size_t length = strlen(source->file);
    return length > 2 && strcmp(source->file + length - 2, ".c") == 0 &&
           strcmp(source->c->variant, "portable") != 0;
}

static void write_flags(char *out, size_t room, const struct sb_source *source)
{
    const struct sb_case *c = source->c;
    snprintf(out, room,
             "-std=gnu11 -O2 -fPIC -fvisibility=hidden -fopenmp-simd "
             "-Werror=implicit-function-declaration "
             "-DSB_REAL_FLOAT=%d -DSB_INDEX_64=%d -DSB_STRICT=%d -I%s -I%s",
             c->precision == SB_FLOAT, c->index_bits == 64, c->maths == SB_STRICT, source->include,
             source->folder);
}

int sb_gpu_compile_hosted(struct sb_artifact *out, const struct sb_source *source,
                          struct sb_error *err)
{
    struct sb_compiler compiler;
    char *unit = NULL, portable[1100], dialect[1100], what[300];
    int code = sb_compiler_find(&compiler, err);
    code = code ? code : sb_cpu_unit(&unit, source, false, err);
    if (code != 0) {
        return code;
    }
    write_flags(out->flags, sizeof out->flags, source);
    snprintf(portable, sizeof portable, "%s/portable.h", source->include);
    snprintf(dialect, sizeof dialect, "%s/dialect", source->include);
    const char *slash = strrchr(source->file, '/');
    snprintf(what, sizeof what, "%.40s/%.200s", source->c->kernel->name,
             slash ? slash + 1 : source->file);
    const char *const depends[] = {source->folder, portable, dialect, NULL};
    struct sb_compiled compiled;
    code = sb_compile_shared(&compiled,
                             &(struct sb_compile_job){.compiler = &compiler,
                                                      .flags = out->flags,
                                                      .text = unit,
                                                      .depends = depends,
                                                      .cache = source->cache,
                                                      .what = what},
                             err);
    free(unit);
    if (code == 0) {
        memcpy(out->path, compiled.path, sizeof out->path);
        memcpy(out->key, compiled.key, sizeof out->key);
        snprintf(out->compiler, sizeof out->compiler, "%s", compiler.identity);
        out->cached = compiled.cached;
        out->compile_ns = compiled.cached ? 0 : compiled.compile_ns;
    }
    return code;
}

int sb_gpu_load_hosted(struct sb_exec *exec, const struct sb_artifact *artifact,
                       const struct sb_source *source, struct sb_error *err)
{
    exec->object = dlopen(artifact->path, RTLD_NOW | RTLD_LOCAL);
    if (!exec->object) {
        const char *why = dlerror();
        return strstr(why, "undefined symbol")
                   ? sb_fail(err, SB_EABSENT,
                             "the vendor library that is here is of another version: %s", why)
                   : sb_fail(err, SB_ECOMPILE, "%s: compiled, but cannot be loaded: %s",
                             source->c->kernel->name, why);
    }
    void **stream = dlsym(exec->object, "sb_stream");
    if (!stream) {
        return sb_fail(err, SB_ECOMPILE,
                       "%s does not include vendor_gpu.h: it has no stream to launch on",
                       source->file);
    }
    *stream = exec->stream;
    return 0;
}

int sb_gpu_launch_hosted(struct sb_exec *exec, const struct sb_launch_spec *launch,
                         struct sb_error *err)
{
    union sb_gpu_value value[SB_MAX_ARGS];
    void *args[SB_MAX_ARGS];
    long long extent[3];
    char symbol[80];
    snprintf(symbol, sizeof symbol, "sb_run_%s", launch->function);
    void (*run)(void *const *, const long long *) = NULL;
    *(void **)&run = dlsym(exec->object, symbol);
    const char **failure = dlsym(exec->object, "sb_failure");
    if (!run || !failure) {
        return sb_fail(err, SB_EDEVICE, "the compiled object has no function '%s'",
                       launch->function);
    }
    for (int i = 0; i < launch->arg_count; ++i) {
        sb_gpu_set_value(&value[i], exec, &launch->args[i]);
        args[i] = launch->args[i].kind == SB_ARG_ARRAY ? value[i].pointer : (void *)&value[i];
    }
    for (int d = 0; d < 3; ++d) {
        extent[d] = launch->shape.extent[d];
    }
    run(args, extent);
    return *failure ? sb_fail(err, SB_EDEVICE, "'%s': %s", launch->function, *failure) : 0;
}
