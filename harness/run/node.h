/* SPDX-License-Identifier: Apache-2.0 */
/** Facts of the node a cell runs on, read from /proc and /sys: the `node` object of harness/record.h. */
#ifndef SB_NODE_H
#define SB_NODE_H

#include "harness/util/error.h"

#include <jansson.h>

/**
 * *out is a new reference:
 *   digest            hex SHA-256 of the facts that make a node type: processor, caches, topology, GPUs, memory in whole GiB,
 *                     virtualisation; not of hostname, limits, clock or software
 *   hostname, cpu_model, architecture, os, kernel
 *   cpu_vendor, cpu_family, cpu_model_number   "GenuineIntel", "6", "143"; Arm: implementer, variant, part ("0x41", "0x0", "0xd4f")
 *   cpus, cores, sockets, numa_nodes      logical CPUs, physical cores …, of the whole machine
 *   cores_allowed     logical CPUs that affinity, cpuset and CPU quota leave to this process
 *   clock_Hz, clock_max_Hz, governor      now; null where the system does not say
 *   memory_bytes, memory_allowed_bytes    physical; the least of it and every enclosing cgroup's limit (v1 and v2)
 *   cache_bytes       {"L1d": …, "L2": …}   of one instance, as the first CPU sees it
 *   simd_bytes, isa   vector width (0 where unknown), extensions of interest
 *   huge_pages        mode of transparent huge pages, or null
 *   virtualisation    "none", "kvm", "xen", "hyperv", "vmware", …, "vm" where only the fact is known
 *   container         "none", "docker", "podman", "kubernetes", "apptainer", "lxc", …
 *   cpus_allowed, memory_nodes_allowed    lists such as "0-3,8": affinity and cpuset; null where the system does not say
 *   gpus              [{pci: "0000:17:00.0", id: "10de:2330", numa_node: 0 | null}]: what the machine has; by address
 *   topology_digest   hex SHA-256 of hwloc's XML without what changes between boots and processes; null on failure
 * Fails with SB_ENOMEM only: a fact that cannot be read is null.
 */
int sb_node_facts(json_t **out, struct sb_error *err);
/** The same of a recorded machine: @p root holds its /proc, /sys and /etc ("" is this one). Sets HWLOC_* meanwhile. */
int sb_node_facts_at(json_t **out, const char *root, struct sb_error *err);

/**
 * One logical CPU per physical core of what cpuset and affinity allow, in hwloc's order; at most @p room, and no
 * more than the CPU quota. Returns how many; SB_EABSENT where hwloc cannot read the topology.
 */
int sb_node_cpus(int *out, int room, struct sb_error *err);

#endif
