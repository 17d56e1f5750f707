/* SPDX-License-Identifier: Apache-2.0 */
/* NVML, NVIDIA's management library, declared as far as it is used (nvml.h of CUDA 11 to 13). Energy since the driver was loaded
 * in mJ (Volta and later); power in mW, which the board forms as a mean over up to a second; the reasons of a lower clock. */
#include "harness/run/counting/gpu_board.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_SUPPORTED = 3, NO_PERMISSION = 4, DRIVER_NOT_LOADED = 9, LOST = 15, MISMATCH = 18 };
enum { CLOCK_SM = 1, CLOCK_MEMORY = 2 };
enum level { POWER, SM_CLOCK, MEMORY_CLOCK, TEMPERATURE, REASON };
/* A reason's level is REASON + its bit (nvmlClocksEventReason…). */
enum { SET_CLOCKS = 1, POWER_CAP = 2, HARDWARE = 3, SW_THERMAL = 5, HW_THERMAL = 6, BRAKE = 7 };
#define SHARE(reason, bit, help)                                                                   \
    {"throttled." reason,                                                                          \
     "1",                                                                                          \
     "board",                                                                                      \
     "share of the time in which the clock was lowered: " help,                                    \
     SB_BOARD_MEAN,                                                                                \
     REASON + (bit)}
static const struct sb_board_event events[] = {
    {"energy", "J", "board", "of the board's energy counter", SB_BOARD_COUNTED, 0},
    {"power_energy", "J", "board averaged", "power sampled and integrated", SB_BOARD_INTEGRATED,
     POWER},
    {"power", "W", "board averaged", "of the whole board, sampled", SB_BOARD_MEAN, POWER},
    {"sm_clock", "Hz", "board", "of the multiprocessors, sampled", SB_BOARD_MEAN, SM_CLOCK},
    {"memory_clock", "Hz", "board", "sampled", SB_BOARD_MEAN, MEMORY_CLOCK},
    {"temperature", "K", "board", "of the GPU, sampled", SB_BOARD_MEAN, TEMPERATURE},
    SHARE("power_cap", POWER_CAP, "the power limit"),
    SHARE("power_brake", BRAKE, "the power supply asked for it"),
    SHARE("thermal", SW_THERMAL, "too warm, says the driver"),
    SHARE("thermal_hardware", HW_THERMAL, "too warm, by half or more"),
    SHARE("hardware", HARDWARE, "the board itself, by half or more"),
    SHARE("set_clocks", SET_CLOCKS, "clocks that an administrator has set"),
};

static struct {
    int (*init)(void);
    int (*version)(char *out, unsigned room);
    int (*count)(unsigned *out);
    int (*at)(unsigned index, void **device);
    int (*by_bus)(const char *bus, void **device);
    int (*name)(void *device, char *out, unsigned room);
    int (*energy)(void *device, unsigned long long *out_mJ);
    int (*power)(void *device, unsigned *out_mW);
    int (*clock)(void *device, int type, unsigned *out_MHz);
    int (*temperature)(void *device, int sensor, unsigned *out_C);
    int (*reasons)(void *device, unsigned long long *out);
    const char *(*error)(int code);
} nvml;

static const struct {
    const char *name, *old; /* old: of drivers before CUDA 12 */
    void *slot;
} symbols[] = {
    {"nvmlInit_v2", NULL, &nvml.init},
    {"nvmlSystemGetDriverVersion", NULL, &nvml.version},
    {"nvmlDeviceGetCount_v2", NULL, &nvml.count},
    {"nvmlDeviceGetHandleByIndex_v2", NULL, &nvml.at},
    {"nvmlDeviceGetHandleByPciBusId_v2", NULL, &nvml.by_bus},
    {"nvmlDeviceGetName", NULL, &nvml.name},
    {"nvmlDeviceGetTotalEnergyConsumption", NULL, &nvml.energy},
    {"nvmlDeviceGetPowerUsage", NULL, &nvml.power},
    {"nvmlDeviceGetClockInfo", NULL, &nvml.clock},
    {"nvmlDeviceGetTemperature", NULL, &nvml.temperature},
    {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons",
     &nvml.reasons},
    {"nvmlErrorString", NULL, &nvml.error},
};

static int started(int code, struct sb_error *err)
{
    switch (code) {
    case 0:
        return 0;
    case DRIVER_NOT_LOADED:
        return sb_fail(
            err, SB_EABSENT,
            "NVIDIA's driver is not loaded (NVML: %s): there is no NVIDIA GPU on this node, or its "
            "kernel module is missing",
            nvml.error(code));
    case MISMATCH:
        return sb_fail(
            err, SB_EABSENT,
            "NVML is of another version than the driver (%s): ask the administrator to reboot the "
            "node after an update; in a container, for the node's own library",
            nvml.error(code));
    default:
        return sb_fail(err, SB_EABSENT, "NVML does not start: %s (%d)", nvml.error(code), code);
    }
}

static int load_library(struct sb_error *err)
{
    const char *asked = getenv("SWITCHBENCH_NVML");
    void *library = dlopen(asked && *asked ? asked : "libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        return sb_fail(
            err, SB_EABSENT,
            "there is no NVML (%s): it comes with NVIDIA's driver; in a container, ask the engine "
            "for the capability 'utility'",
            dlerror());
    }
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; ++i) {
        void *symbol = dlsym(library, symbols[i].name);
        symbol = symbol || !symbols[i].old ? symbol : dlsym(library, symbols[i].old);
        if (!symbol) {
            return sb_fail(err, SB_EABSENT,
                           "libnvidia-ml.so.1 lacks %s: a driver of CUDA 11 or newer is needed",
                           symbols[i].name);
        }
        memcpy(symbols[i].slot, &symbol,
               sizeof symbol); /* POSIX: a data pointer from dlsym may be a function's */
    }
    return started(nvml.init(), err);
}

static int load(struct sb_error *err)
{
    static bool tried;
    static struct sb_error why;
    if (!tried) {
        tried = true;
        why.code = load_library(&why);
    }
    return why.code != 0 ? sb_fail(err, why.code, "%s", why.text) : 0;
}

static int probe(char *version, size_t room, struct sb_error *err)
{
    unsigned count = 0;
    char driver[96] = "";
    int code = load(err);
    if (code == 0 && (nvml.count(&count) != 0 || count == 0)) {
        code = sb_fail(err, SB_EABSENT,
                       "NVML sees no GPU: the job or the container was given none (ask the "
                       "scheduler for one)");
    }
    if (code == 0) {
        (void)nvml.version(driver, sizeof driver);
        snprintf(version, room, "driver %s, %u boards", driver, count);
    }
    return code;
}

/* A code of NVML's about a board: what it lacks is an absence, all else is its end. */
static int checked(int code, const char *what, struct sb_error *err)
{
    switch (code) {
    case 0:
        return 0;
    case NOT_SUPPORTED:
        return sb_fail(err, SB_EABSENT, "this board does not tell its %s (NVML: %s)", what,
                       nvml.error(code));
    case NO_PERMISSION:
        return sb_fail(
            err, SB_EABSENT,
            "the driver does not let this user read the board's %s: ask the administrator", what);
    default:
        return sb_fail(err, SB_EDEVICE, "the board's %s cannot be read: %s (NVML error %d)", what,
                       nvml.error(code), code);
    }
}

static int find_by_name(void **out, const char *wanted, struct sb_error *err)
{
    unsigned count = 0;
    int found = 0;
    (void)nvml.count(&count);
    for (unsigned i = 0; i < count; ++i) {
        void *device = NULL;
        char name[96] = "";
        if (nvml.at(i, &device) == 0 && nvml.name(device, name, sizeof name) == 0 &&
            strcmp(name, wanted) == 0) {
            *out = device;
            ++found;
        }
    }
    return found == 1
               ? 0
               : sb_fail(
                     err, SB_EABSENT,
                     "which of the %u boards device '%s' is cannot be told: ask for a job with one "
                     "GPU, or use backend cuda",
                     count, wanted);
}

static int find(uint64_t *device, const struct sb_counting_target *target, struct sb_error *err)
{
    char bus[32];
    void *found = NULL;
    int code = load(err);
    if (code != 0) {
        return code;
    }
    if (!sb_device_is_nvidia(target->device)) {
        return sb_fail(err, SB_EABSENT, "the device '%s' is not NVIDIA's",
                       target->device ? target->device->name : "");
    }
    if (sb_device_bus(bus, target)) {
        code = nvml.by_bus(bus, &found);
        code = code == 0
                   ? 0
                   : sb_fail(err, SB_EABSENT, "NVML shows no board at %s, where the device is: %s",
                             bus, nvml.error(code));
    } else {
        code = find_by_name(&found, target->device->name, err);
    }
    *device = (uint64_t)(uintptr_t)found;
    return code;
}

static int energy(double *out_J, uint64_t device, struct sb_error *err)
{
    unsigned long long energy_mJ = 0;
    const int code = nvml.energy((void *)(uintptr_t)device, &energy_mJ);
    *out_J = (double)energy_mJ * 1e-3;
    return checked(code, "energy", err);
}

static int level(double *out, int which, uint64_t device, struct sb_error *err)
{
    void *board = (void *)(uintptr_t)device;
    unsigned value = 0;
    unsigned long long reasons = 0;
    int code = 0;
    switch (which) {
    case POWER:
        code = nvml.power(board, &value);
        *out = value * 1e-3;
        return checked(code, "power", err);
    case SM_CLOCK:
    case MEMORY_CLOCK:
        code = nvml.clock(board, which == SM_CLOCK ? CLOCK_SM : CLOCK_MEMORY, &value);
        *out = value * 1e6;
        return checked(code, "clock", err);
    case TEMPERATURE:
        code = nvml.temperature(board, 0, &value);
        *out = value + 273.15;
        return checked(code, "temperature", err);
    default:
        code = nvml.reasons(board, &reasons);
        *out = (double)(reasons >> (which - REASON) & 1);
        return checked(code, "reasons of a lower clock", err);
    }
}

static const struct sb_board_library library = {
    .source = "nvml",
    .event = events,
    .events = sizeof events / sizeof *events,
    .find = find,
    .energy = energy,
    .level = level,
};

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    (void)err;
    return sb_board_list(&library, each, payload);
}

static int open_board(struct sb_counting **out, int *out_taken, const char *const *names, int count,
                      const struct sb_counting_target *target, struct sb_error *err)
{
    return sb_board_open(out, out_taken, &library, names, count, target, err);
}

const struct sb_counter_source sb_counter_source_nvml = {
    .name = "nvml",
    .title = "NVML: energy, power, clocks and throttling of NVIDIA boards",
    .scope = "board",
    .backends = (const char *const[]){"cuda", "hip", "opencl", NULL},
    .usual =
        (const char *const[]){"energy", "power", "sm_clock", "memory_clock", "temperature",
                              "throttled.power_cap", "throttled.power_brake", "throttled.thermal",
                              "throttled.thermal_hardware", "throttled.hardware", NULL},
    .automatic = true,
    .window_s = 1, /* the counter advances each 0.02 s to 0.1 s, power is a mean over up to 1 s */
    .idles = true,
    .probe = probe,
    .list = list,
    .open = open_board,
    .start = sb_board_start,
    .stop = sb_board_stop,
    .close = sb_board_close,
};
