/* SPDX-License-Identifier: Apache-2.0 */
/* Drivers' codes as sentences. HIP numbers its errors as CUDA's driver does (hip_runtime_api.h, hipError_t). */
#include "backends/gpu_driver/gpu_driver.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    int code;
    enum sb_code as;
    const char *sentence;
} known[] = {
    {2, SB_ENOMEM, "the device's memory does not suffice"},
    {3, SB_EDEVICE, "the driver is not initialised"},
    {4, SB_EDEVICE, "the driver is shutting down"},
    {35, SB_EABSENT, "the driver is older than the library that calls it"},
    {46, SB_EABSENT, "the device is taken (exclusive mode, or another user's)"},
    {100, SB_EABSENT, "there is no device"},
    {101, SB_EABSENT, "there is no device of that number"},
    {200, SB_EDEVICE,
     "the driver cannot read the compiled code: is the compiler newer than the driver?"},
    {201, SB_EDEVICE, "the context is lost"},
    {209, SB_EDEVICE, "the compiled code is for another architecture"},
    {214, SB_EDEVICE,
     "the device's memory has an uncorrectable error: take this node out of service"},
    {218, SB_EDEVICE, "the driver does not translate this PTX"},
    {219, SB_EDEVICE, "the graphics context is invalid"},
    {222, SB_EDEVICE, "the compiler is newer than the driver: its code cannot be translated"},
    {300, SB_EDEVICE, "the driver does not take this source"},
    {500, SB_EDEVICE, "no such function in the compiled code"},
    {700, SB_EDEVICE, "the kernel read or wrote outside all memory of its process"},
    {701, SB_EDEVICE, "a block needs more registers or shared memory than the device has"},
    {702, SB_EDEVICE, "the kernel ran into the driver's own time limit"},
    {709, SB_EDEVICE, "the context was destroyed: the device is lost"},
    {710, SB_EDEVICE, "an assertion in the kernel failed"},
    {714, SB_EDEVICE, "the hardware's stack overflowed"},
    {715, SB_EDEVICE, "the kernel met an illegal instruction"},
    {716, SB_EDEVICE, "the kernel accessed a misaligned address"},
    {717, SB_EDEVICE, "the kernel used a pointer of the wrong address space"},
    {718, SB_EDEVICE, "the kernel jumped outside its code"},
    {719, SB_EDEVICE, "the kernel failed on the device"},
    {802, SB_EABSENT, "the system is not ready: is its fabric manager running?"},
    {803, SB_EABSENT,
     "the kernel module and the driver's library are of different versions: reboot, or load the "
     "module anew"},
    {804, SB_EABSENT, "this driver's library needs a newer kernel module"},
    {999, SB_EDEVICE, "the driver does not know what went wrong: the device may be lost"},
};

int sb_gpu_check(const struct sb_gpu_api *api, int code, struct sb_error *err, const char *fmt, ...)
{
    if (code == 0) {
        return 0;
    }
    char what[512], number[32];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    snprintf(number, sizeof number, "error %d", code);
    const char *name = api->error_name ? api->error_name(code) : NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        if (known[i].code == code) {
            return sb_fail(err, known[i].as, "%s: %s (%s)", what, known[i].sentence,
                           name ? name : number);
        }
    }
    return sb_fail(err, SB_EDEVICE, "%s: %s", what, name ? name : number);
}

int sb_gpu_started(const struct sb_gpu_api *api, int code, struct sb_error *err)
{
    enum {
        NO_DEVICE = 100,
        INVALID_DEVICE = 101
    }; /* HIP 5 says the second where it means the first */
    if (code == NO_DEVICE || code == INVALID_DEVICE) {
        const char *name = api->error_name(code);
        return sb_fail(err, SB_EABSENT, "%s is here (%s), but there is no device (%s)", api->driver,
                       api->version_text, name ? name : "no device");
    }
    struct sb_error why = {0};
    return sb_gpu_check(api, code, &why, "%s is here (%s), but does not start", api->driver,
                        api->version_text)
               ? sb_fail(err, SB_EABSENT, "%s", why.text)
               : 0;
}
