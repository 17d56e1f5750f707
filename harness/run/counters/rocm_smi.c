/* SPDX-License-Identifier: Apache-2.0 */
/* ROCm SMI, AMD's management library, declared as far as it is used (rocm_smi.h of ROCm 5 to 7). The energy counter ticks in
 * units that the board tells (15.3 µJ), about once a millisecond; of a board with two dies, the first counts for both. Where
 * only its successor AMD SMI is installed, that tells the energy (../counting/amd_smi.h). */
#include "harness/run/counting/amd_smi.h"
#include "harness/run/counting/gpu_board.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NOT_SUPPORTED = 2, PERMISSION = 4, NO_FUNCTION = 9 };
enum { CLOCK_SYSTEM = 0, CLOCK_MEMORY = 4, TEMPERATURE_JUNCTION = 1, TEMPERATURE_NOW = 0 };
enum level { POWER, GPU_CLOCK, MEMORY_CLOCK, TEMPERATURE };
static const struct sb_board_event events[] = {
    {"energy", "J", "board", "of the board's energy counter", SB_BOARD_COUNTED, 0},
    {"power_energy", "J", "board averaged", "power sampled and integrated", SB_BOARD_INTEGRATED,
     POWER},
    {"power", "W", "board averaged", "of the socket, sampled", SB_BOARD_MEAN, POWER},
    {"gpu_clock", "Hz", "board", "of the compute units, sampled", SB_BOARD_MEAN, GPU_CLOCK},
    {"memory_clock", "Hz", "board", "sampled", SB_BOARD_MEAN, MEMORY_CLOCK},
    {"temperature", "K", "board", "at the hottest spot, sampled", SB_BOARD_MEAN, TEMPERATURE},
};

/* rsmi_frequencies_t: ROCm 6 has put a flag before it, and allows one frequency more. */
struct frequencies {
    uint32_t count, current;
    uint64_t Hz[32];
};
struct frequencies_6 {
    bool sleeps;
    uint32_t count, current;
    uint64_t Hz[33];
};
struct version {
    uint32_t major, minor, patch;
    const char *build;
};

static struct {
    int (*init)(uint64_t flags);
    int (*version)(struct version *out);
    int (*count)(uint32_t *out);
    int (*bus)(uint32_t device, uint64_t *out);
    int (*name)(uint32_t device, char *out, size_t room);
    int (*energy)(uint32_t device, uint64_t *out, float *out_unit_uJ, uint64_t *out_time_ns);
    int (*power)(uint32_t device, uint32_t sensor, uint64_t *out_uW);
    int (*power_6)(uint32_t device, uint64_t *out_uW, uint32_t *out_kind); /* ROCm 6; may be NULL */
    int (*clock)(uint32_t device, int type, void *out);
    int (*temperature)(uint32_t device, uint32_t sensor, int metric, int64_t *out_mC);
    int (*error)(int code, const char **out);
} smi;
static struct version version_of;
static int amd_boards; /* of AMD SMI, where that is used: more than 0 */

static const struct {
    const char *name;
    void *slot;
    bool optional;
} symbols[] = {
    {"rsmi_init", &smi.init, false},
    {"rsmi_version_get", &smi.version, false},
    {"rsmi_num_monitor_devices", &smi.count, false},
    {"rsmi_dev_pci_id_get", &smi.bus, false},
    {"rsmi_dev_name_get", &smi.name, false},
    {"rsmi_dev_energy_count_get", &smi.energy, false},
    {"rsmi_dev_power_ave_get", &smi.power, false},
    {"rsmi_dev_power_get", &smi.power_6, true},
    {"rsmi_dev_gpu_clk_freq_get", &smi.clock, false},
    {"rsmi_dev_temp_metric_get", &smi.temperature, false},
    {"rsmi_status_string", &smi.error, false},
};

static const char *word(int code)
{
    const char *text = NULL;
    return smi.error && smi.error(code, &text) == 0 && text ? text : "no reason told";
}

static void *open_library(char *reason, size_t room)
{
    static const char *const names[] = {"librocm_smi64.so.8", "librocm_smi64.so.7",
                                        "librocm_smi64.so.6", "librocm_smi64.so.5",
                                        "librocm_smi64.so.1", "/opt/rocm/lib/librocm_smi64.so"};
    const char *asked = getenv("SWITCHBENCH_ROCM_SMI");
    void *library = asked && *asked ? dlopen(asked, RTLD_NOW | RTLD_LOCAL) : NULL;
    for (size_t i = 0; !(asked && *asked) && !library && i < sizeof names / sizeof *names; ++i) {
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    snprintf(reason, room, "%s", library ? "" : dlerror());
    return library;
}

static int load_library(struct sb_error *err)
{
    char reason[300];
    void *library = open_library(reason, sizeof reason);
    if (!library) {
        struct sb_error other;
        amd_boards = sb_amd_smi_load(&other);
        return amd_boards > 0 ? 0
                              : sb_fail(err, SB_EABSENT,
                                        "there is no ROCm SMI (%s): install rocm-smi-lib (Debian: "
                                        "librocm-smi64-1), or load the site's module of ROCm; %s",
                                        reason, other.text);
    }
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; ++i) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol && !symbols[i].optional) {
            return sb_fail(err, SB_EABSENT, "librocm_smi64 lacks %s: ROCm 5 or newer is needed",
                           symbols[i].name);
        }
        memcpy(symbols[i].slot, &symbol,
               sizeof symbol); /* POSIX: a data pointer from dlsym may be a function's */
    }
    const int code = smi.init(0);
    if (code != 0) {
        return sb_fail(
            err, SB_EABSENT,
            "ROCm SMI does not start (%s): there is no AMD GPU on this node, or its kernel module "
            "amdgpu is missing",
            word(code));
    }
    (void)smi.version(&version_of);
    return 0;
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
    uint32_t count = 0;
    int code = load(err);
    if (code == 0 && amd_boards > 0) {
        snprintf(version, room, "AMD SMI, %d boards", amd_boards);
        return 0;
    }
    if (code == 0 && (smi.count(&count) != 0 || count == 0)) {
        code = sb_fail(
            err, SB_EABSENT,
            "ROCm SMI sees no GPU: there is none on this node, or the job or container was given "
            "none (/dev/kfd, /dev/dri)");
    }
    if (code == 0) {
        snprintf(version, room, "ROCm SMI %u.%u, %u boards", version_of.major, version_of.minor,
                 count);
    }
    return code;
}

static int checked(int code, const char *what, struct sb_error *err)
{
    switch (code) {
    case 0:
        return 0;
    case NOT_SUPPORTED:
    case NO_FUNCTION:
        return sb_fail(err, SB_EABSENT, "this board, or its driver, does not tell its %s (%s)",
                       what, word(code));
    case PERMISSION:
        return sb_fail(
            err, SB_EABSENT,
            "this user may not read the board's %s: ask to be in the groups video and render",
            what);
    default:
        return sb_fail(err, SB_EDEVICE, "the board's %s cannot be read: %s (ROCm SMI error %d)",
                       what, word(code), code);
    }
}

/* Domain, bus, device, function; bits 28 to 31 are a partition of the same board. */
static bool is_at(uint64_t id, const char *bus)
{
    unsigned domain = 0, number = 0, device = 0, function = 0;
    return sscanf(bus, "%x:%x:%x.%x", &domain, &number, &device, &function) == 4 &&
           (id >> 32 & 0xffffffffU) == domain && (id >> 8 & 0xff) == number &&
           (id >> 3 & 0x1f) == device && (id & 7) == function;
}

static int find(uint64_t *device, const struct sb_counting_target *target, struct sb_error *err)
{
    char bus[32] = "";
    uint32_t count = 0;
    const int code = load(err);
    if (code != 0) {
        return code;
    }
    if (!sb_device_is_amd(target->device)) {
        return sb_fail(err, SB_EABSENT, "the device '%s' is no GPU of AMD's",
                       target->device ? target->device->name : "");
    }
    const bool placed = sb_device_bus(bus, target);
    if (amd_boards > 0) {
        count = (uint32_t)amd_boards;
    } else {
        (void)smi.count(&count);
    }
    for (uint32_t i = 0; i < count; ++i) {
        uint64_t id = 0;
        const bool here = !placed          ? count == 1
                          : amd_boards > 0 ? strcasecmp(sb_amd_smi_bus((int)i), bus) == 0
                                           : smi.bus(i, &id) == 0 && is_at(id, bus);
        if (here) {
            *device = i;
            return 0;
        }
    }
    return placed
               ? sb_fail(err, SB_EABSENT, "ROCm SMI shows no board at %s, where the device is", bus)
               : sb_fail(err, SB_EABSENT,
                         "which of the %u boards device '%s' is cannot be told: ask for a job with "
                         "one GPU, "
                         "or use backend hip",
                         count, target->device->name);
}

static int energy(double *out_J, uint64_t device, struct sb_error *err)
{
    uint64_t ticks = 0;
    uint64_t time_ns = 0;
    float unit_uJ = 0;
    if (amd_boards > 0) {
        return sb_amd_smi_energy(out_J, (int)device, err);
    }
    const int code = smi.energy((uint32_t)device, &ticks, &unit_uJ, &time_ns);
    *out_J = (double)ticks * (double)unit_uJ * 1e-6;
    return checked(code, "energy", err);
}

static int clock_of(double *out_Hz, uint32_t device, int type, struct sb_error *err)
{
    union {
        struct frequencies old;
        struct frequencies_6 now;
        char room[1024]; /* a later version's may be longer */
    } f;
    memset(&f, 0, sizeof f);
    const int code = smi.clock(device, type, &f);
    const bool newer = version_of.major >= 6;
    const uint32_t current = newer ? f.now.current : f.old.current;
    const uint32_t most = newer ? 33 : 32;
    if (code == 0 && current >= most) {
        return sb_fail(err, SB_EABSENT, "this board does not tell which clock is in use");
    }
    *out_Hz = code == 0 ? (double)(newer ? f.now.Hz[current] : f.old.Hz[current]) : 0;
    return checked(code, "clock", err);
}

static int level(double *out, int which, uint64_t board, struct sb_error *err)
{
    const uint32_t device = (uint32_t)board;
    uint64_t power_uW = 0;
    uint32_t kind = 0;
    int64_t temperature_mC = 0;
    int code = 0;
    if (amd_boards > 0) {
        return sb_fail(err, SB_EABSENT,
                       "AMD SMI is used for energy alone: install rocm-smi-lib for power, clocks "
                       "and temperature");
    }
    switch (which) {
    case POWER:
        code =
            smi.power_6 ? smi.power_6(device, &power_uW, &kind) : smi.power(device, 0, &power_uW);
        *out = (double)power_uW * 1e-6;
        return checked(code, "power", err);
    case TEMPERATURE:
        code = smi.temperature(device, TEMPERATURE_JUNCTION, TEMPERATURE_NOW, &temperature_mC);
        *out = (double)temperature_mC * 1e-3 + 273.15;
        return checked(code, "temperature", err);
    default:
        return clock_of(out, device, which == GPU_CLOCK ? CLOCK_SYSTEM : CLOCK_MEMORY, err);
    }
}

static const struct sb_board_library library = {
    .source = "rocm_smi",
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

const struct sb_counter_source sb_counter_source_rocm_smi = {
    .name = "rocm_smi",
    .title = "ROCm SMI: energy, power and clocks of AMD boards",
    .scope = "board",
    .backends = (const char *const[]){"hip", "opencl", NULL},
    .usual =
        (const char *const[]){"energy", "power", "gpu_clock", "memory_clock", "temperature", NULL},
    .automatic = true,
    .window_s = 0.5, /* the counter ticks each ms; levels are sampled 20 times a second */
    .idles = true,
    .probe = probe,
    .list = list,
    .open = open_board,
    .start = sb_board_start,
    .stop = sb_board_stop,
    .close = sb_board_close,
};
