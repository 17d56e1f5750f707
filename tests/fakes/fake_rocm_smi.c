/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A librocm_smi64.so with two boards, at 0000:c1:00.0 and 0000:c6:00.0, that draw 300 W and 500 W. Environment:
 *   SB_FAKE_ROCM_SMI_MAJOR  the library's version (7); below 6 the older layout of frequencies
 *   SB_FAKE_ROCM_SMI_FAULT  init, none (no board), denied, noenergy, still (the counter stands still: a second die),
 *                           lost (nothing can be read after the third reading of an energy)
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))
enum { NOT_SUPPORTED = 2, FILE_ERROR = 3, PERMISSION = 4, INIT_ERROR = 8, NOT_FOUND = 10 };
static int readings;

static int fault_is(const char *name)
{
    const char *fault = getenv("SB_FAKE_ROCM_SMI_FAULT");
    return fault && strcmp(fault, name) == 0;
}

static int state(void)
{
    return fault_is("lost") && readings >= 3 ? FILE_ERROR : fault_is("denied") ? PERMISSION : 0;
}

static uint32_t major(void)
{
    const char *text = getenv("SB_FAKE_ROCM_SMI_MAJOR");
    return text ? (uint32_t)strtoul(text, NULL, 10) : 7;
}

static double power_W(uint32_t device)
{
    return device == 0 ? 300 : 500;
}

EXPORT int rsmi_init(uint64_t flags);
EXPORT int rsmi_init(uint64_t flags)
{
    return fault_is("init") || flags ? INIT_ERROR : 0;
}

EXPORT int rsmi_status_string(int code, const char **out);
EXPORT int rsmi_status_string(int code, const char **out)
{
    *out = code == INIT_ERROR   ? "RSMI_STATUS_INIT_ERROR"
           : code == FILE_ERROR ? "RSMI_STATUS_FILE_ERROR"
                                : "RSMI_STATUS_NOT_SUPPORTED";
    return 0;
}

EXPORT int rsmi_version_get(void *out);
EXPORT int rsmi_version_get(void *out)
{
    memcpy(out, (uint32_t[3]){major(), 2, 0}, 12);
    return 0;
}

EXPORT int rsmi_num_monitor_devices(uint32_t *out);
EXPORT int rsmi_num_monitor_devices(uint32_t *out)
{
    *out = fault_is("none") ? 0 : 2;
    return 0;
}

EXPORT int rsmi_dev_pci_id_get(uint32_t device, uint64_t *out);
EXPORT int rsmi_dev_pci_id_get(uint32_t device, uint64_t *out)
{
    *out = 1ULL << 28 | (device == 0 ? 0xc1U : 0xc6U) << 8;
    return 0;
}

EXPORT int rsmi_dev_name_get(uint32_t device, char *out, size_t room);
EXPORT int rsmi_dev_name_get(uint32_t device, char *out, size_t room)
{
    snprintf(out, room, "Fake MI %u", device);
    return 0;
}

EXPORT int rsmi_dev_energy_count_get(uint32_t device, uint64_t *out, float *unit_uJ, uint64_t *at);
EXPORT int rsmi_dev_energy_count_get(uint32_t device, uint64_t *out, float *unit_uJ, uint64_t *at)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double s = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    *unit_uJ = 15.3F;
    *out = fault_is("still") ? 77 : (uint64_t)(power_W(device) * s / 15.3e-6);
    *at = 0;
    ++readings;
    return fault_is("noenergy") ? NOT_SUPPORTED : state();
}

EXPORT int rsmi_dev_power_ave_get(uint32_t device, uint32_t sensor, uint64_t *out_uW);
EXPORT int rsmi_dev_power_ave_get(uint32_t device, uint32_t sensor, uint64_t *out_uW)
{
    (void)sensor;
    *out_uW = (uint64_t)(1e6 * power_W(device));
    return state();
}

EXPORT int rsmi_dev_gpu_clk_freq_get(uint32_t device, int type, void *out);
EXPORT int rsmi_dev_gpu_clk_freq_get(uint32_t device, int type, void *out)
{
    const uint64_t Hz[3] = {500000000, type == 0 ? 2100000000 : 1300000000, 9};
    (void)device;
    memcpy(out, major() < 6 ? (uint32_t[3]){3, 1, 0} : (uint32_t[3]){1, 3, 1}, 12);
    memcpy((char *)out + (major() < 6 ? 8 : 16), Hz, sizeof Hz);
    return state();
}

EXPORT int rsmi_dev_temp_metric_get(uint32_t device, uint32_t sensor, int metric, int64_t *out);
EXPORT int rsmi_dev_temp_metric_get(uint32_t device, uint32_t sensor, int metric, int64_t *out)
{
    (void)device;
    *out = sensor == 1 && metric == 0 ? 71000 : 0;
    return state();
}
