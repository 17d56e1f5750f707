/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What hwloc knows of a machine: sockets, NUMA nodes, caches, cores, and GPUs by PCI. The GPUs' own libraries are not asked (hwloc's
 * plug-ins for OpenCL, CUDA, NVML … would start a driver in a process that forks cells), nor other devices kept.
 */
#ifndef SB_TOPOLOGY_H
#define SB_TOPOLOGY_H

#include "harness/util/error.h"

#include <stdio.h>

/** Where a topology comes from: one member is set. */
struct sb_topology_source {
    const char *root;      /* holds proc/ and sys/; "": this machine */
    const char *synthetic; /* hwloc's words: "pack:2 numa:1 l3:1 core:8 pu:2" */
};

/**
 * *xml is a document of hwloc's format, version 2, that `lstopo -i FILE` reads: the whole machine, whatever this process may use,
 * without what differs between boots, processes and nodes of one type (names, serial numbers, link speeds; memory is in whole
 * GiB); of devices GPUs alone. Freed with free(). SB_EABSENT where hwloc cannot read it, SB_ENOMEM.
 */
int sb_topology_xml(char **xml, const struct sb_topology_source *source, struct sb_error *err);

/** Hex SHA-256 of the same without devices and memory, whatever hwloc's version. Much cheaper: no PCI device is asked. */
int sb_topology_digest(char digest[65], const struct sb_topology_source *source,
                       struct sb_error *err);

/** Takes out of an exported document what xml() leaves out, in place. SB_ENOMEM. */
int sb_topology_reduce(char *xml, struct sb_error *err);

/**
 * A drawing in ASCII, lines of at most @p width columns: sockets, NUMA nodes with their memory and GPUs, caches, and a mark
 * per logical CPU: '#' where this job may use it, '.' where it only exists. @p allowed: a list such as "0-3,8" (NULL: what affinity,
 * cpuset and the source say). SB_EABSENT, SB_EINVAL (synthetic words that hwloc does not know), SB_ENOMEM.
 */
int sb_topology_draw(FILE *out, const struct sb_topology_source *source, const char *allowed,
                     int width, struct sb_error *err);

#endif
