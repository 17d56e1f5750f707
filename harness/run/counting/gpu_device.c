/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/gpu_board.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool sb_device_is_nvidia(const struct sb_device *device)
{
    return device && (strncmp(device->target, "sm_", 3) == 0 || strstr(device->vendor, "NVIDIA"));
}

bool sb_device_is_amd(const struct sb_device *device)
{
    return device && (strncmp(device->target, "gfx", 3) == 0 ||
                      strstr(device->vendor, "Advanced Micro Devices"));
}

/* CUdevice is the number of a device among those that are visible, as the backend's; HIP's device too. */
bool sb_device_bus(char out[32], const struct sb_counting_target *target)
{
    const char *name = NULL;
    if (target->device && strncmp(target->device->target, "sm_", 3) == 0) {
        name = "cuDeviceGetPCIBusId";
    } else if (target->device && strncmp(target->device->target, "gfx", 3) == 0) {
        name = "hipDeviceGetPCIBusId";
    }
    int (*ask)(char *id, int room, int device) = NULL;
    void *symbol = name ? dlsym(RTLD_DEFAULT, name) : NULL;
    memcpy(&ask, &symbol, sizeof ask); /* POSIX: a data pointer from dlsym may be a function's */
    out[0] = '\0';
    return ask && ask(out, 32, target->device->number) == 0 && out[0];
}
