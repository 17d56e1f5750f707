/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/hwmon.h"

#include "harness/run/counting/sysfs.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NUMBERS 64 /* of a chip's sensors of one kind that are looked for */

/* What stands in the way of a sensor that is there. */
struct looking {
    struct sb_hwmon *found;
    const char *chip;   /* its name */
    const char *folder; /* of the values */
    struct sb_error why;
    bool refused;
};

/* Events are joined by '+' and ',', and read as words. */
static void make_word(char *text)
{
    for (char *c = text; *c; ++c) {
        *c = isalnum((unsigned char)*c) || strchr("._-", *c) ? *c : '_';
    }
}

static void label_of(char *out, size_t room, const char *folder, const char *kind, int number)
{
    static const char *const files[] = {"label", "oem_info"};
    snprintf(out, room, "%s%d", kind, number);
    for (int f = 0; f < 2; ++f) {
        char path[500];
        char line[64];
        struct sb_error ignored;
        snprintf(path, sizeof path, "%s/%s%d_%s", folder, kind, number, files[f]);
        if (sb_sysfs_line(line, sizeof line, path, &ignored) == 0 && line[0]) {
            snprintf(out, room, "%s", line);
            return;
        }
    }
}

static bool is_taken(const struct sb_hwmon *all, const char *name)
{
    for (int i = 0; i < all->count; ++i) {
        if (strcmp(all->sensor[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void add(struct looking *at, const char *kind, int number, const char *what)
{
    struct sb_hwmon_sensor sensor = {.counts = strcmp(kind, "energy") == 0};
    snprintf(sensor.path, sizeof sensor.path, "%s/%s%d_%s", at->folder, kind, number, what);
    if (access(sensor.path, F_OK) != 0 || at->found->count >= SB_HWMON_SENSORS) {
        return;
    }
    uint64_t value = 0;
    struct sb_error why;
    if (sb_sysfs_number(&value, sensor.path, &why) != 0) {
        at->why = at->refused ? at->why : why;
        at->refused = true;
        return;
    }
    char label[64];
    label_of(label, sizeof label, at->folder, kind, number);
    make_word(label);
    snprintf(sensor.name, sizeof sensor.name, "%.32s.%s", at->chip, label);
    for (int twin = 2; is_taken(at->found, sensor.name); ++twin) {
        snprintf(sensor.name, sizeof sensor.name, "%.32s#%d.%s", at->chip, twin, label);
    }
    char path[500];
    uint64_t interval_ms = 0;
    snprintf(path, sizeof path, "%s/%s%d_average_interval", at->folder, kind, number);
    if (strcmp(what, "average") == 0 && sb_sysfs_number(&interval_ms, path, &why) == 0) {
        sensor.mean_s = (double)interval_ms * 1e-3;
    }
    at->found->sensor[at->found->count++] = sensor;
}

static void look_into(struct looking *at)
{
    for (int n = 1; n <= NUMBERS; ++n) {
        const int before = at->found->count;
        add(at, "power", n, "average");
        if (at->found->count == before) {
            add(at, "power", n, "input");
        }
        add(at, "energy", n, "input");
    }
}

int sb_hwmon_find(struct sb_hwmon *out, const char *root, struct sb_error *err)
{
    char pattern[300];
    glob_t found;
    struct looking at = {.found = out};
    *out = (struct sb_hwmon){0};
    snprintf(pattern, sizeof pattern, "%s/sys/class/hwmon/hwmon*", root);
    if (glob(pattern, 0, NULL, &found) != 0) {
        found.gl_pathc = 0;
    }
    for (size_t i = 0; i < found.gl_pathc; ++i) {
        char path[400];
        char chip[64];
        struct sb_error ignored;
        snprintf(path, sizeof path, "%s/name", found.gl_pathv[i]);
        if (sb_sysfs_line(chip, sizeof chip, path, &ignored) != 0 || !chip[0]) {
            continue;
        }
        make_word(chip);
        at.chip = chip;
        at.folder = found.gl_pathv[i];
        const int before = out->count;
        look_into(&at);
        if (out->count == before) { /* an ACPI power meter's values are its device's */
            snprintf(path, sizeof path, "%s/device", found.gl_pathv[i]);
            at.folder = path;
            look_into(&at);
        }
    }
    const size_t chips = found.gl_pathc;
    if (chips > 0) {
        globfree(&found);
    }
    if (out->count > 0) {
        return 0;
    }
    return at.refused ? sb_fail(err, SB_EABSENT, "%s: ask the administrator to let you read it",
                                at.why.text)
           : chips > 0
               ? sb_fail(err, SB_EABSENT,
                         "none of the %zu chips below /sys/class/hwmon tells power or energy: a "
                         "driver may be "
                         "missing (zenpower, amd_energy, acpi_power_meter)",
                         chips)
               : sb_fail(
                     err, SB_EABSENT, "this machine has no sensors below /sys/class/hwmon%s",
                     sb_sysfs_cpu_has(root, "hypervisor")
                         ? ": it is a virtual machine; run on the bare machine"
                         : ": a driver may be missing (zenpower, amd_energy, acpi_power_meter)");
}

int sb_hwmon_read(uint64_t *out, const struct sb_hwmon_sensor *sensor, struct sb_error *err)
{
    struct sb_error why;
    return sb_sysfs_number(out, sensor->path, &why) == 0 ? 0
                                                         : sb_fail(err, SB_EDEVICE, "%s", why.text);
}
