/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sensors of power and energy that Linux shows below /sys/class/hwmon (Documentation/hwmon/sysfs-interface: power in µW,
 * energy in µJ), those of ACPI power meters (Documentation/hwmon/acpi_power_meter) among them.
 */
#ifndef SB_HWMON_H
#define SB_HWMON_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stdint.h>

struct sb_hwmon_sensor {
    char name
        [100]; /* "zenpower.SVI2_P_Core", "power_meter.CPU_Power_Socket_0"; '#2' where two chips share a name */
    char path[400]; /* of the value */
    bool counts;    /* energy since some time, not a power */
    double mean_s;  /* a power is a mean over so long; 0: not told */
};

#define SB_HWMON_SENSORS 128
struct sb_hwmon {
    struct sb_hwmon_sensor sensor[SB_HWMON_SENSORS];
    int count;
};

/** Finds the sensors below @p root and proves each by reading it. SB_EABSENT: there are none, or none that may be read. */
int sb_hwmon_find(struct sb_hwmon *out, const char *root, struct sb_error *err);
/** The value in µW or µJ. SB_EDEVICE. */
int sb_hwmon_read(uint64_t *out, const struct sb_hwmon_sensor *sensor, struct sb_error *err);

#endif
