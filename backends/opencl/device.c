/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/opencl/opencl.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define PLATFORMS 16
#define THREAD_STACK_BYTES ((size_t)8 << 20)
#define DEVICES 16 /* as struct sb_probe holds */

struct found {
    cl_platform_id platform;
    cl_device_id device;
};

/* PoCL keeps private arrays of a work-group on its threads' stacks. Batch systems set the stack "unlimited", and glibc gives a
 * thread 2 MiB then, not the usual 8 (pthread_create(3)): long transforms end in a segmentation fault. */
static void usual_thread_stacks(void)
{
    pthread_attr_t usual;
    size_t bytes = 0;
    if (pthread_getattr_default_np(&usual) != 0) {
        return;
    }
    if (pthread_attr_getstacksize(&usual, &bytes) == 0 && bytes < THREAD_STACK_BYTES &&
        pthread_attr_setstacksize(&usual, THREAD_STACK_BYTES) == 0) {
        pthread_setattr_default_np(&usual);
    }
    pthread_attr_destroy(&usual);
}

/* Number of devices, or -1 with the reason in err. OpenCL reports "none" as an error, which it is not here. */
static int find_all(struct found out[DEVICES], int *out_platforms, struct sb_error *err)
{
    cl_platform_id platform[PLATFORMS];
    cl_uint platforms = 0;
    *out_platforms = 0;
    usual_thread_stacks();
    const cl_int code = sb_cl.clGetPlatformIDs(PLATFORMS, platform, &platforms);
    if (code != CL_SUCCESS && code != -1001) {
        sb_opencl_check(code, err, "asking for the platforms");
        return -1;
    }
    platforms = platforms > PLATFORMS ? PLATFORMS : platforms;
    *out_platforms = code == CL_SUCCESS ? (int)platforms : 0;
    int count = 0;
    for (int p = 0; p < *out_platforms; ++p) {
        cl_device_id device[DEVICES];
        cl_uint devices = 0;
        if (sb_cl.clGetDeviceIDs(platform[p], CL_DEVICE_TYPE_ALL, DEVICES, device, &devices) !=
            CL_SUCCESS) {
            continue;
        }
        for (cl_uint d = 0; d < devices && d < DEVICES && count < DEVICES; ++d) {
            out[count++] = (struct found){platform[p], device[d]};
        }
    }
    return count;
}

static void text_of(char *out, size_t room, cl_device_id device, cl_device_info what)
{
    char text[1024] = "";
    sb_cl.clGetDeviceInfo(device, what, sizeof text - 1, text, NULL);
    const char *start = text + strspn(text, " ");
    snprintf(out, room, "%s", start);
}

static void describe(struct sb_device *out, const struct found *found, int number)
{
    const cl_device_id id = found->device;
    cl_uint units = 0, lanes = 0;
    cl_ulong memory = 0, cache = 0;
    *out = (struct sb_device){.number = number, .target = "native"};
    text_of(out->name, sizeof out->name, id, CL_DEVICE_NAME);
    text_of(out->vendor, sizeof out->vendor, id, CL_DEVICE_VENDOR);
    char platform[64] = "", driver[64] = "";
    sb_cl.clGetPlatformInfo(found->platform, CL_PLATFORM_NAME, sizeof platform - 1, platform, NULL);
    text_of(driver, sizeof driver, id, CL_DRIVER_VERSION);
    snprintf(out->driver, sizeof out->driver, "%s %s", platform, driver);
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory, NULL);
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, sizeof cache, &cache, NULL);
    sb_cl.clGetDeviceInfo(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof lanes, &lanes, NULL);
    out->cores = (int)units;
    out->memory_bytes = (double)memory;
    out->cache_bytes = (double)cache;
    out->simd_bytes = (int)lanes * (int)sizeof(cl_float);
}

void sb_opencl_probe(struct sb_probe *out)
{
    struct sb_error err = {0};
    *out = (struct sb_probe){0};
    if (sb_opencl_load_api(&err)) {
        snprintf(out->reason, sizeof out->reason, "%.500s", err.text);
        snprintf(out->remedy, sizeof out->remedy, "install ocl-icd-libopencl1 and pocl-opencl-icd");
        return;
    }
    struct found found[DEVICES];
    int platforms = 0;
    const int count = find_all(found, &platforms, &err);
    for (int i = 0; i < count; ++i) {
        describe(&out->device[i], &found[i], i);
    }
    out->count = count > 0 ? count : 0;
    if (count > 0) {
        return;
    }
    if (count < 0) {
        snprintf(out->reason, sizeof out->reason, "%.500s", err.text);
    } else if (platforms == 0) {
        snprintf(out->reason, sizeof out->reason,
                 "the OpenCL loader finds no driver (ICD): clGetPlatformIDs says "
                 "CL_PLATFORM_NOT_FOUND_KHR");
        snprintf(
            out->remedy, sizeof out->remedy,
            "install pocl-opencl-icd; if it is, look at /etc/OpenCL/vendors and OCL_ICD_VENDORS");
    } else {
        snprintf(out->reason, sizeof out->reason, "%d OpenCL platform%s, but no device", platforms,
                 platforms == 1 ? "" : "s");
        snprintf(out->remedy, sizeof out->remedy,
                 "install pocl-opencl-icd to compute on the CPU, or check the device's driver");
    }
}

int sb_opencl_device(cl_platform_id *out_platform, cl_device_id *out, int number,
                     struct sb_error *err)
{
    int status = sb_opencl_load_api(err);
    if (status) {
        return status;
    }
    struct found found[DEVICES];
    int platforms = 0;
    const int count = find_all(found, &platforms, err);
    if (count < 0) {
        return SB_EDEVICE;
    }
    if (count == 0) {
        return sb_fail(err, SB_EABSENT, "opencl: %s",
                       platforms ? "no platform has a device" : "the loader finds no driver (ICD)");
    }
    if (number < 0 || number >= count) {
        return sb_fail(err, SB_EABSENT, "opencl: no device %d; there %s %d, counted from 0", number,
                       count == 1 ? "is" : "are", count);
    }
    *out_platform = found[number].platform;
    *out = found[number].device;
    return 0;
}
