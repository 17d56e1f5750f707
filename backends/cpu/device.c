/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of the cpu backend: this machine's processor, and what stands in for another. */
#include "backends/cpu/emulator.h"

#include "harness/plan/kernels.h"

#include <string.h>

void sb_cpu_probe(struct sb_probe *out)
{
    memset(out, 0, sizeof *out);
    struct sb_compiler compiler;
    struct sb_error err;
    if (sb_compiler_find(&compiler, &err) != 0) {
        snprintf(out->reason, sizeof out->reason, "%.500s", err.text);
        snprintf(out->remedy, sizeof out->remedy, "apt-get install gcc");
        return;
    }
    struct sb_machine machine;
    sb_machine_here(&machine, "cpu");
    struct sb_device *device = &out->device[0];
    out->count = 1;
    snprintf(device->target, sizeof device->target, "native");
    snprintf(device->driver, sizeof device->driver, "%.120s", compiler.identity);
    device->cores = machine.cores;
    device->cache_bytes = machine.cache_bytes;
    device->memory_bytes = sb_memory_allowed();
    device->simd_bytes = machine.simd_bytes;
    FILE *info = fopen("/proc/cpuinfo", "re");
    char line[256];
    while (info && fgets(line, sizeof line, info)) {
        char *value = strchr(line, ':');
        if (!value || value[1] == '\0') {
            continue;
        }
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "model name", 10) == 0) {
            snprintf(device->name, sizeof device->name, "%.120s", value + 2);
        } else if (strncmp(line, "vendor_id", 9) == 0) {
            snprintf(device->vendor, sizeof device->vendor, "%.120s", value + 2);
        }
    }
    if (info) {
        fclose(info);
    }
    if (device->name[0] == '\0') {
        snprintf(device->name, sizeof device->name, "CPU");
    }
    snprintf(device->emulated, sizeof device->emulated, "%s", sb_emulator_around());
    if (device->emulated[0]) { /* what /proc/cpuinfo tells is of the machine around the emulator */
        snprintf(device->name, sizeof device->name, "an emulated processor");
        snprintf(device->vendor, sizeof device->vendor, "QEMU");
    }
}

int sb_cpu_device(struct sb_device *out, const char *name, struct sb_error *err)
{
    struct sb_cpu_target target;
    struct sb_compiler compiler;
    if (!sb_cpu_target_parse(&target, name)) {
        return sb_fail(err, SB_EABSENT, "target '%.60s' is no processor's architecture", name);
    }
    struct sb_probe found;
    sb_cpu_probe(&found);
    *out = found.device[0];
    out->cores = sb_cores_allowed();
    snprintf(out->target, sizeof out->target, "%.63s", name);
    struct sb_machine machine = {.backend = "cpu"};
    sb_cpu_typical(&machine, name);
    out->simd_bytes = machine.simd_bytes;
    out->cache_bytes = machine.cache_bytes;
    int code = sb_cpu_compiler(&compiler, &target, err);
    if (code != 0 || !target.emulated) {
        return code;
    }
    code = sb_emulator_name(out->emulated, sizeof out->emulated, &target, err);
    snprintf(out->name, sizeof out->name, "emulated %s", target.family->machine);
    if (target.vector_bits > 0) {
        snprintf(out->name + strlen(out->name), sizeof out->name - strlen(out->name),
                 ", %s of %d bits", target.family->scalable, target.vector_bits);
    }
    snprintf(out->vendor, sizeof out->vendor, "QEMU");
    snprintf(out->driver, sizeof out->driver, "%.60s; %.60s", out->emulated, compiler.identity);
    return code;
}
