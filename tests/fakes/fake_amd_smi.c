/* SPDX-License-Identifier: Apache-2.0 */
/* A libamd_smi with two sockets of one board each, at 0000:c1:00.0 and 0000:c6:00.0, that draw 300 W and 500 W.
 * SB_FAKE_ROCM_SMI_FAULT: init, none (no board), denied, lost (nothing can be read after the third reading) */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))
enum { INVALID = 1, NO_PERMISSION = 10, FILE_ERROR = 14, NOT_LOADED = 34 };
static int places[2], readings;

static int fault_is(const char *name)
{
    const char *fault = getenv("SB_FAKE_ROCM_SMI_FAULT");
    return fault && strcmp(fault, name) == 0;
}

EXPORT int amdsmi_init(uint64_t flags);
EXPORT int amdsmi_init(uint64_t flags)
{
    return fault_is("init") ? NOT_LOADED : flags == 2 ? 0 : INVALID;
}

EXPORT int amdsmi_status_code_to_string(int code, const char **out);
EXPORT int amdsmi_status_code_to_string(int code, const char **out)
{
    *out = code == NOT_LOADED ? "AMDSMI_STATUS_DRIVER_NOT_LOADED" : "AMDSMI_STATUS_FILE_ERROR";
    return 0;
}

EXPORT int amdsmi_get_socket_handles(uint32_t *count, void **out);
EXPORT int amdsmi_get_socket_handles(uint32_t *count, void **out)
{
    *count = fault_is("none") ? 0 : 2;
    for (uint32_t i = 0; i < *count; ++i) {
        out[i] = &places[i];
    }
    return 0;
}

EXPORT int amdsmi_get_processor_handles(void *socket, uint32_t *count, void **out);
EXPORT int amdsmi_get_processor_handles(void *socket, uint32_t *count, void **out)
{
    *count = 1;
    out[0] = socket;
    return 0;
}

EXPORT int amdsmi_get_gpu_device_bdf(void *processor, uint64_t *out);
EXPORT int amdsmi_get_gpu_device_bdf(void *processor, uint64_t *out)
{
    *out = processor == &places[0] ? 0xc100 : 0xc600;
    return 0;
}

EXPORT int amdsmi_get_energy_count(void *processor, uint64_t *out, float *unit_uJ, uint64_t *at);
EXPORT int amdsmi_get_energy_count(void *processor, uint64_t *out, float *unit_uJ, uint64_t *at)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double s = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    *unit_uJ = 15.3F;
    *out = (uint64_t)((processor == &places[0] ? 300 : 500) * s / 15.3e-6);
    *at = 0;
    return fault_is("lost") && ++readings > 2 ? FILE_ERROR : fault_is("denied") ? NO_PERMISSION : 0;
}
