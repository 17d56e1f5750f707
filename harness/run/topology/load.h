/* SPDX-License-Identifier: Apache-2.0 */
/** Inside topology/: loading. */
#ifndef SB_TOPOLOGY_LOAD_H
#define SB_TOPOLOGY_LOAD_H

#include "harness/run/topology/topology.h"

#include <hwloc.h>
#include <stdbool.h>

/** hwloc_topology_init() without hwloc's plug-ins, unless HWLOC_PLUGINS_PATH is set: they load libxml2, X11, OpenCL … at each call, for 3 ms,
 *  and tell nothing that is read here. SB_ENOMEM. */
int sb_topology_init(hwloc_topology_t *out, struct sb_error *err);

/** This machine as it was when first asked for, the whole of it without devices; the process's own, neither to be changed nor freed.
 *  SB_EABSENT, SB_ENOMEM. */
int sb_topology_here(hwloc_topology_t *out, struct sb_error *err);

/** The whole machine, disallowed parts and, where @p devices, PCI devices included; freed with hwloc_topology_destroy(). Sets HWLOC_* meanwhile
 *  for a recorded machine. SB_EABSENT, SB_EINVAL, SB_ENOMEM. */
int sb_topology_load(hwloc_topology_t *out, const struct sb_topology_source *source, bool devices,
                     struct sb_error *err);

#endif
