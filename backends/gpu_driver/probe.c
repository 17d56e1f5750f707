/* SPDX-License-Identifier: Apache-2.0 */
/* Devices: which there are, and which of them a target means. */
#include "backends/gpu_driver/gpu_driver.h"

#include <stdio.h>
#include <string.h>

static int attribute(const struct sb_gpu_api *api, enum sb_gpu_attribute which, int device)
{
    int value = 0;
    if (api->attribute[which] < 0 ||
        api->device_attribute(&value, api->attribute[which], device) != 0) {
        return 0;
    }
    return value;
}

static int describe(struct sb_device *out, const struct sb_gpu_api *api, int number,
                    struct sb_error *err)
{
    size_t memory_bytes = 0;
    *out = (struct sb_device){.number = number};
    int code = api->device_name(out->name, (int)sizeof out->name, number);
    code = code ? code : api->device_target(out->target, sizeof out->target, number);
    code = code ? code : api->device_memory(&memory_bytes, number);
    out->cores = attribute(api, SB_GPU_CORES, number);
    out->cache_bytes = attribute(api, SB_GPU_CACHE, number);
    out->memory_bytes = (double)memory_bytes;
    snprintf(out->vendor, sizeof out->vendor, "%s",
             strncmp(out->target, "gfx", 3) == 0 ? "AMD" : "NVIDIA");
    snprintf(out->driver, sizeof out->driver, "%s", api->version_text);
    return sb_gpu_check(api, code, err, "asking device %d", number);
}

void sb_gpu_probe(const struct sb_gpu_platform *platform, struct sb_probe *out)
{
    const struct sb_gpu_api *api = NULL;
    struct sb_error err = {0};
    *out = (struct sb_probe){0};
    int code = platform->driver(&api, &err);
    snprintf(out->remedy, sizeof out->remedy, "%s", code == SB_ENOTFOUND ? platform->remedy : "");
    int count = 0;
    if (code == 0) {
        code =
            sb_gpu_check(api, api->device_count(&count), &err,
                         "%s is here (%s), but no device answers", api->driver, api->version_text);
        if (code == 0 && count == 0) {
            code = sb_fail(&err, SB_EABSENT, "%s is here (%s), but no device", api->driver,
                           api->version_text);
        }
    }
    for (int i = 0; code == 0 && i < count && i < (int)(sizeof out->device / sizeof *out->device);
         ++i) {
        code = describe(&out->device[i], api, i, &err);
        out->count = code == 0 ? i + 1 : 0;
    }
    if (code != 0) {
        snprintf(out->reason, sizeof out->reason, "%.500s", err.text);
    }
}

int sb_gpu_device(const struct sb_gpu_platform *platform, struct sb_device *out, const char *target,
                  struct sb_error *err)
{
    struct sb_probe found;
    sb_gpu_probe(platform, &found);
    if (found.count == 0) {
        return sb_fail(err, SB_EABSENT, found.remedy[0] ? "%s (%s)" : "%s", found.reason,
                       found.remedy);
    }
    for (int exact = 1; exact >= 0; --exact) {
        for (int i = 0; i < found.count; ++i) {
            if (exact ? strcmp(found.device[i].target, target) == 0
                      : platform->runs(target, found.device[i].target)) {
                *out = found.device[i];
                return 0;
            }
        }
    }
    return sb_fail(err, SB_EABSENT,
                   "target %s compiles here, but no device runs it: device 0 is %s (%s)", target,
                   found.device[0].name, found.device[0].target);
}

enum sb_target_state sb_gpu_target(const struct sb_gpu_platform *platform, const char *target,
                                   char *reason, size_t room)
{
    const struct sb_gpu_compiler *const *compiler = platform->compilers(target);
    if (!compiler) {
        return SB_TARGET_FOREIGN;
    }
    reason[0] = '\0';
    for (; *compiler; ++compiler) {
        char identity[256];
        struct sb_error err = {0};
        if ((*compiler)->ready(identity, sizeof identity, target, &err) == 0) {
            return SB_TARGET_READY;
        }
        const size_t used = strlen(reason);
        snprintf(reason + used, room - used, "%s%s", used ? "; " : "", err.text);
    }
    return SB_TARGET_MISSING;
}
