/* SPDX-License-Identifier: Apache-2.0 */
/* An open device: context, stream, events, the loaded module and its functions. */
#include "backends/gpu_driver/gpu_driver.h"
#include "harness/util/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_limits(struct sb_exec *exec)
{
    for (int i = 0; i < SB_GPU_ATTRIBUTES; ++i) {
        if (exec->api->attribute[i] < 0 ||
            exec->api->device_attribute(&exec->limit[i], exec->api->attribute[i], exec->device) !=
                0) {
            exec->limit[i] = 0;
        }
    }
    exec->api->device_name(exec->name, (int)sizeof exec->name, exec->device);
    exec->api->device_target(exec->target, sizeof exec->target, exec->device);
}

static int start(struct sb_exec *exec)
{
    enum { NON_BLOCKING = 1 }; /* CU_STREAM_NON_BLOCKING, hipStreamNonBlocking */
    const struct sb_gpu_api *api = exec->api;
    int code = api->context_open(exec->device);
    exec->opened = code == 0;
    code = code ? code : api->stream_create(&exec->stream, NON_BLOCKING);
    code = code ? code : api->event_create(&exec->begun, 0);
    return code ? code : api->event_create(&exec->ended, 0);
}

int sb_gpu_open(const struct sb_gpu_platform *platform, struct sb_exec **out,
                const struct sb_exec_options *options, struct sb_error *err)
{
    const struct sb_gpu_api *api = NULL;
    *out = NULL;
    int code = platform->driver(&api, err);
    if (code != 0) {
        return code == SB_ENOTFOUND ? sb_fail_in(err, SB_EABSENT, "%s", platform->name) : code;
    }
    struct sb_exec *exec = calloc(1, sizeof *exec);
    if (!exec) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    exec->api = api;
    exec->platform = platform;
    exec->device = options->device;
    exec->beside = options->beside;
    read_limits(exec);
    code = sb_gpu_check(api, start(exec), err, "opening device %d ('%s')", options->device,
                        exec->name);
    if (code != 0) {
        sb_gpu_close(exec);
        return code;
    }
    *out = exec;
    return 0;
}

void sb_gpu_close(struct sb_exec *exec)
{
    if (!exec) {
        return;
    }
    const struct sb_gpu_api *api = exec->api;
    sb_gpu_free_arrays(exec);
    if (exec->module) {
        api->module_unload(exec->module);
    }
    if (exec->begun) {
        api->event_destroy(exec->begun);
    }
    if (exec->ended) {
        api->event_destroy(exec->ended);
    }
    if (exec->stream) {
        api->stream_destroy(exec->stream);
    }
    if (exec->opened) {
        api->context_close(exec->device);
    }
    /* a hosted variant's object stays loaded: its library may still have threads in it */
    free(exec->function);
    free(exec);
}

static int check_shared(const struct sb_exec *exec, const struct sb_launch_spec *launch,
                        void *function, struct sb_error *err)
{
    int fixed = 0;
    exec->api->function_attribute(&fixed, SB_GPU_OF_SHARED, function);
    const int bytes = fixed + launch->shape.shared_bytes;
    const int most = exec->limit[SB_GPU_SHARED_MOST] > exec->limit[SB_GPU_SHARED_OF_BLOCK]
                         ? exec->limit[SB_GPU_SHARED_MOST]
                         : exec->limit[SB_GPU_SHARED_OF_BLOCK];
    if (most > 0 && bytes > most) {
        return sb_fail(err, SB_EABSENT, "'%s' shares %d bytes in a block, device '%s' has %d",
                       launch->function, bytes, exec->name, most);
    }
    int code = 0;
    if (bytes > exec->limit[SB_GPU_SHARED_OF_BLOCK] && launch->shape.shared_bytes > 0 &&
        exec->api->function_allow) {
        code = exec->api->function_allow(function, SB_GPU_OF_DYNAMIC, launch->shape.shared_bytes);
    }
    return sb_gpu_check(exec->api, code, err, "asking for %d bytes of shared memory for '%s'",
                        launch->shape.shared_bytes, launch->function);
}

/* Makes the function of @p launch ready, unless it is, and refuses what the device cannot do before memory is taken. */
static int add_function(struct sb_exec *exec, const struct sb_launch_spec *launch,
                        const struct sb_gpu_sidecar *sidecar, struct sb_error *err)
{
    struct sb_gpu_function *function = NULL;
    for (int i = 0; i < exec->function_count && !function; ++i) {
        function =
            strcmp(exec->function[i].name, launch->function) == 0 ? &exec->function[i] : NULL;
    }
    if (!function) {
        function = &exec->function[exec->function_count++];
        snprintf(function->name, sizeof function->name, "%s", launch->function);
        const char *symbol = sb_gpu_sidecar_symbol(sidecar, launch->function);
        const int code = exec->api->module_function(&function->function, exec->module, symbol);
        if (code != 0) {
            return sb_gpu_check(exec->api, code, err, "finding '%s'", symbol);
        }
        if (exec->api->function_attribute(&function->threads_most, SB_GPU_OF_THREADS,
                                          function->function) != 0 ||
            function->threads_most <= 0) {
            function->threads_most = exec->limit[SB_GPU_THREADS_OF_BLOCK];
        }
    }
    unsigned grid[3], block[3];
    int code = check_shared(exec, launch, function->function, err);
    code =
        code ? code : sb_gpu_shape(grid, block, launch, exec->limit, function->threads_most, err);
    for (int d = 0; d < 3 && code == 0 && function->block[d] == 0; ++d) {
        function->block[d] = block[d];
    }
    return code;
}

static int load_module(struct sb_exec *exec, const struct sb_artifact *artifact,
                       struct sb_error *err)
{
    char *image = NULL;
    size_t bytes = 0;
    int code = sb_fs_read(&image, &bytes, artifact->path, err);
    if (code == 0) {
        code = sb_gpu_check(exec->api, exec->api->module_load(&exec->module, image), err,
                            "loading what %s compiled into '%s' (driver: %s)", artifact->compiler,
                            exec->name, exec->api->version_text);
    }
    free(image);
    return code;
}

int sb_gpu_load(struct sb_exec *exec, const struct sb_artifact *artifact,
                const struct sb_source *source, struct sb_error *err)
{
    const struct sb_launches *launches = source->launches;
    exec->precision = source->c->precision;
    exec->index_bits = source->c->index_bits;
    if (sb_gpu_is_hosted(source)) {
        return sb_gpu_load_hosted(exec, artifact, source, err);
    }
    struct sb_gpu_sidecar sidecar = {0};
    exec->function = calloc((size_t)launches->count + 1, sizeof *exec->function);
    int code = exec->function ? sb_gpu_sidecar_read(&sidecar, artifact, err)
                              : sb_fail(err, SB_ENOMEM, "out of memory");
    code = code ? code : load_module(exec, artifact, err);
    for (int i = 0; i < launches->count && code == 0; ++i) {
        code = add_function(exec, &launches->spec[i], &sidecar, err);
    }
    json_decref(sidecar.json);
    return code;
}

void sb_gpu_placement(const struct sb_exec *exec, char *out, size_t room)
{
    int used = snprintf(out, room, "device %d, '%s' (%s), %d multiprocessors", exec->device,
                        exec->name, exec->target, exec->limit[SB_GPU_CORES]);
    for (int i = 0; i < exec->function_count && used > 0 && (size_t)used < room; ++i) {
        const struct sb_gpu_function *f = &exec->function[i];
        used += snprintf(out + used, room - (size_t)used, "%s %s %ux%ux%u", i ? "," : "; blocks",
                         f->name, f->block[0], f->block[1], f->block[2]);
    }
}
