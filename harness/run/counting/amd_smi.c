/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/amd_smi.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GPUS = 1 << 1, NOT_SUPPORTED = 2, NOT_IMPLEMENTED = 3, NO_PERMISSION = 10 };
#define BOARDS_MOST 64

static struct {
    int (*init)(uint64_t flags);
    int (*sockets)(uint32_t *count, void **out);
    int (*processors)(void *socket, uint32_t *count, void **out);
    int (*bus)(void *processor, uint64_t *out); /* function: 3 bits, device: 5, bus: 8, domain */
    int (*energy)(void *processor, uint64_t *out, float *out_unit_uJ, uint64_t *out_time_ns);
    int (*error)(int code, const char **out);
} smi;
static void *board[BOARDS_MOST];
static char bus_of[BOARDS_MOST][32];
static int boards;

static const struct {
    const char *name;
    void *slot;
} symbols[] = {
    {"amdsmi_init", &smi.init},
    {"amdsmi_get_socket_handles", &smi.sockets},
    {"amdsmi_get_processor_handles", &smi.processors},
    {"amdsmi_get_gpu_device_bdf", &smi.bus},
    {"amdsmi_get_energy_count", &smi.energy},
    {"amdsmi_status_code_to_string", &smi.error},
};

static void *open_library(void)
{
    static const char *const names[] = {"libamd_smi.so.26", "libamd_smi.so.25", "libamd_smi.so.24",
                                        "/opt/rocm/lib/libamd_smi.so"};
    const char *asked = getenv("SWITCHBENCH_AMD_SMI");
    void *library = asked && *asked ? dlopen(asked, RTLD_NOW | RTLD_LOCAL) : NULL;
    for (size_t i = 0; !(asked && *asked) && !library && i < sizeof names / sizeof *names; ++i) {
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    return library;
}

static const char *word(int code)
{
    const char *text = NULL;
    return smi.error(code, &text) == 0 && text ? text : "no reason told";
}

static void find_boards(void)
{
    void *socket[BOARDS_MOST];
    uint32_t sockets = BOARDS_MOST;
    if (smi.sockets(&sockets, socket) != 0) {
        return;
    }
    for (uint32_t s = 0; s < sockets && s < BOARDS_MOST; ++s) {
        uint32_t count = (uint32_t)(BOARDS_MOST - boards);
        if (count == 0 || smi.processors(socket[s], &count, board + boards) != 0) {
            continue;
        }
        for (uint32_t i = 0; i < count && boards < BOARDS_MOST; ++i, ++boards) {
            uint64_t id = 0;
            if (smi.bus(board[boards], &id) == 0) {
                snprintf(bus_of[boards], sizeof bus_of[boards], "%04x:%02x:%02x.%x",
                         (unsigned)(id >> 16), (unsigned)(id >> 8 & 0xff),
                         (unsigned)(id >> 3 & 0x1f), (unsigned)(id & 7));
            }
        }
    }
}

int sb_amd_smi_load(struct sb_error *err)
{
    const char *asked = getenv("SWITCHBENCH_AMD_SMI");
    void *library = open_library();
    if (!library) {
        return asked && *asked ? sb_fail(err, SB_EABSENT, "there is no AMD SMI (%s)", dlerror())
                               : sb_fail(err, SB_EABSENT, "there is no AMD SMI");
    }
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; ++i) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol) {
            return sb_fail(err, SB_EABSENT, "libamd_smi lacks %s", symbols[i].name);
        }
        memcpy(symbols[i].slot, &symbol,
               sizeof symbol); /* POSIX: a data pointer from dlsym may be a function's */
    }
    const int code = smi.init(GPUS);
    if (code != 0) {
        return sb_fail(
            err, SB_EABSENT,
            "AMD SMI does not start (%s): there is no AMD GPU on this node, or its kernel module "
            "amdgpu is missing",
            word(code));
    }
    find_boards();
    return boards > 0
               ? boards
               : sb_fail(
                     err, SB_EABSENT,
                     "AMD SMI sees no GPU: there is none on this node, or the job or container was "
                     "given none (/dev/kfd, /dev/dri)");
}

const char *sb_amd_smi_bus(int i)
{
    return bus_of[i];
}

int sb_amd_smi_energy(double *out_J, int i, struct sb_error *err)
{
    uint64_t ticks = 0;
    uint64_t time_ns = 0;
    float unit_uJ = 0;
    const int code = smi.energy(board[i], &ticks, &unit_uJ, &time_ns);
    *out_J = (double)ticks * (double)unit_uJ * 1e-6;
    switch (code) {
    case 0:
        return 0;
    case NOT_SUPPORTED:
    case NOT_IMPLEMENTED:
        return sb_fail(err, SB_EABSENT, "this board, or its driver, does not tell its energy (%s)",
                       word(code));
    case NO_PERMISSION:
        return sb_fail(
            err, SB_EABSENT,
            "this user may not read the board's energy: ask to be in the groups video and render");
    default:
        return sb_fail(err, SB_EDEVICE, "the board's energy cannot be read: %s (AMD SMI error %d)",
                       word(code), code);
    }
}
