/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/topology/load.h"

#include <stdlib.h>

/* hwloc takes a recorded machine from the environment alone (hwloc's own tests do the same). */
static void point_at(const char *root)
{
    if (root && root[0] != '\0') {
        setenv("HWLOC_FSROOT", root, 1);
        setenv("HWLOC_THISSYSTEM", "0", 1);
        setenv("HWLOC_COMPONENTS", "linux,stop", 1);
        setenv("HWLOC_DUMPED_HWDATA_DIR", "/nonexistent", 1);
    }
}

static void point_back(const char *root)
{
    if (root && root[0] != '\0') {
        unsetenv("HWLOC_FSROOT");
        unsetenv("HWLOC_THISSYSTEM");
        unsetenv("HWLOC_COMPONENTS");
        unsetenv("HWLOC_DUMPED_HWDATA_DIR");
    }
}

/* Plug-ins that would start drivers; and libpciaccess, for what /sys says as well. */
static void leave_drivers_alone(hwloc_topology_t topology)
{
    static const char *const plugins[] = {"opencl",    "cuda", "nvml", "rsmi",
                                          "levelzero", "gl",   "pci"};
    for (size_t i = 0; i < sizeof plugins / sizeof *plugins; ++i) {
        hwloc_topology_set_components(topology, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST,
                                      plugins[i]);
    }
}

int sb_topology_init(hwloc_topology_t *out, struct sb_error *err)
{
    static const char path[] = "HWLOC_PLUGINS_PATH";
    const bool asked = getenv(path) != NULL;
    if (!asked) {
        setenv(path, "/nonexistent", 1);
    }
    const int failed = hwloc_topology_init(out);
    if (!asked) {
        unsetenv(path);
    }
    return failed ? sb_fail(err, SB_ENOMEM, "hwloc: out of memory") : 0;
}

int sb_topology_load(hwloc_topology_t *out, const struct sb_topology_source *source, bool devices,
                     struct sb_error *err)
{
    hwloc_topology_t topology;
    if (sb_topology_init(&topology, err) != 0) {
        return SB_ENOMEM;
    }
    if (source->synthetic && hwloc_topology_set_synthetic(topology, source->synthetic) != 0) {
        hwloc_topology_destroy(topology);
        return sb_fail(err, SB_EINVAL, "hwloc does not understand the topology '%s'",
                       source->synthetic);
    }
    point_at(source->root);
    leave_drivers_alone(topology);
    hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    hwloc_topology_set_io_types_filter(topology, devices ? HWLOC_TYPE_FILTER_KEEP_IMPORTANT
                                                         : HWLOC_TYPE_FILTER_KEEP_NONE);
    const int status = hwloc_topology_load(topology);
    point_back(source->root);
    if (status != 0) {
        hwloc_topology_destroy(topology);
        return sb_fail(err, SB_EABSENT, "hwloc cannot read this machine's topology");
    }
    *out = topology;
    return 0;
}

int sb_topology_here(hwloc_topology_t *out, struct sb_error *err)
{
    static const struct sb_topology_source here = {.root = ""};
    static hwloc_topology_t loaded;
    const int code = loaded ? 0 : sb_topology_load(&loaded, &here, false, err);
    *out = loaded;
    return code;
}
