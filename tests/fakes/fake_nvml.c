/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libnvidia-ml.so.1 whose boards draw a power that is known: 200 W, and 100 W more from second to second. Environment:
 *   SB_FAKE_NVML_DEVICES  how many (1), "Fake GPU <i>" at 0000:<3b + i>:00.0, as the fake CUDA driver's
 *   SB_FAKE_NVML_FAULT    driver, mismatch (nvmlInit says so), none (no board), noenergy, nopower, denied,
 *                         lost (the board falls off the bus at the third reading of its energy), back (its counter goes back)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))
enum {
    NOT_SUPPORTED = 3,
    NO_PERMISSION = 4,
    NOT_FOUND = 6,
    NO_DRIVER = 9,
    LOST = 15,
    MISMATCH = 18
};

static double begun_s;
static int readings;

static int fault_is(const char *name)
{
    const char *fault = getenv("SB_FAKE_NVML_FAULT");
    return fault && strcmp(fault, name) == 0;
}

static int is_lost(void)
{
    return fault_is("lost") && readings >= 3;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static unsigned devices(void)
{
    const char *text = getenv("SB_FAKE_NVML_DEVICES");
    return fault_is("none") ? 0 : text ? (unsigned)strtoul(text, NULL, 10) : 1;
}

EXPORT int nvmlInit_v2(void);
EXPORT int nvmlInit_v2(void)
{
    begun_s = now_s();
    return fault_is("driver") ? NO_DRIVER : fault_is("mismatch") ? MISMATCH : 0;
}

EXPORT const char *nvmlErrorString(int code);
EXPORT const char *nvmlErrorString(int code)
{
    return code == NO_DRIVER       ? "Driver Not Loaded"
           : code == MISMATCH      ? "Driver/library version mismatch"
           : code == LOST          ? "GPU is lost"
           : code == NOT_SUPPORTED ? "Not Supported"
           : code == NOT_FOUND     ? "Not Found"
                                   : "Unknown Error";
}

EXPORT int nvmlSystemGetDriverVersion(char *out, unsigned room);
EXPORT int nvmlSystemGetDriverVersion(char *out, unsigned room)
{
    snprintf(out, room, "580.0.fake");
    return 0;
}

EXPORT int nvmlDeviceGetCount_v2(unsigned *out);
EXPORT int nvmlDeviceGetCount_v2(unsigned *out)
{
    *out = devices();
    return 0;
}

EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **out);
EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **out)
{
    *out = (void *)(uintptr_t)(index + 1);
    return index < devices() ? 0 : NOT_FOUND;
}

EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, void **out);
EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, void **out)
{
    for (unsigned i = 0; i < devices(); ++i) {
        char mine[32];
        snprintf(mine, sizeof mine, "0000:%02X:00.0", 0x3b + i);
        if (strcasecmp(mine, bus) == 0) {
            return nvmlDeviceGetHandleByIndex_v2(i, out);
        }
    }
    return NOT_FOUND;
}

EXPORT int nvmlDeviceGetName(void *device, char *out, unsigned room);
EXPORT int nvmlDeviceGetName(void *device, char *out, unsigned room)
{
    snprintf(out, room, "Fake GPU %u", (unsigned)(uintptr_t)device - 1);
    return 0;
}

EXPORT int nvmlDeviceGetTotalEnergyConsumption(const void *device, unsigned long long *out_mJ);
EXPORT int nvmlDeviceGetTotalEnergyConsumption(const void *device, unsigned long long *out_mJ)
{
    (void)device;
    const double s = now_s() - begun_s;
    const double energy_mJ = 1e3 * (200 * s + 50 * s * s);
    ++readings;
    *out_mJ = 500000000 + (unsigned long long)(fault_is("back") ? -energy_mJ : energy_mJ);
    return is_lost() ? LOST : fault_is("noenergy") ? NOT_SUPPORTED : 0;
}

EXPORT int nvmlDeviceGetPowerUsage(const void *device, unsigned *out_mW);
EXPORT int nvmlDeviceGetPowerUsage(const void *device, unsigned *out_mW)
{
    (void)device;
    *out_mW = (unsigned)(1e3 * (200 + 100 * (now_s() - begun_s)));
    return is_lost()             ? LOST
           : fault_is("nopower") ? NOT_SUPPORTED
           : fault_is("denied")  ? NO_PERMISSION
                                 : 0;
}

EXPORT int nvmlDeviceGetClockInfo(const void *device, int type, unsigned *out_MHz);
EXPORT int nvmlDeviceGetClockInfo(const void *device, int type, unsigned *out_MHz)
{
    (void)device;
    *out_MHz = type == 1 ? 1755 : 2619;
    return is_lost() ? LOST : 0;
}

EXPORT int nvmlDeviceGetTemperature(const void *device, int sensor, unsigned *out_C);
EXPORT int nvmlDeviceGetTemperature(const void *device, int sensor, unsigned *out_C)
{
    (void)device;
    (void)sensor;
    *out_C = 61;
    return is_lost() ? LOST : 0;
}

/* The power limit half of each half second. */
EXPORT int nvmlDeviceGetCurrentClocksEventReasons(const void *device, unsigned long long *out);
EXPORT int nvmlDeviceGetCurrentClocksEventReasons(const void *device, unsigned long long *out)
{
    (void)device;
    const double s = now_s() - begun_s;
    *out = (unsigned long long)(s * 4) % 2 == 0 ? 0x4 : 0x1;
    return is_lost() ? LOST : 0;
}
