/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that uses hwloc. */
#include "harness/run/node_topology.h"
#include "harness/plan/kernels.h"
#include "harness/run/node.h"
#include "harness/util/text.h"

#include <hwloc.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* What differs between boots, kernels, processes and versions of hwloc on one machine: lines, and attributes. */
static const char *const volatile_lines[] = {"<info ", "<page_type ", "<!DOCTYPE",
                                             "<?xml",  "<support ",   NULL};
static const char *const volatile_attributes[] = {" local_memory=\"",   " gp_index=\"",
                                                  " allowed_cpuset=\"", " allowed_nodeset=\"",
                                                  " version=\"",        NULL};

static int starts_volatile(const char *line)
{
    line += strspn(line, " ");
    for (int i = 0; volatile_lines[i]; ++i) {
        if (strncmp(line, volatile_lines[i], strlen(volatile_lines[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

static void cut_attributes(char *line)
{
    for (int i = 0; volatile_attributes[i]; ++i) {
        char *at = strstr(line, volatile_attributes[i]);
        char *end = at ? strchr(at + strlen(volatile_attributes[i]), '"') : NULL;
        if (end) {
            memmove(at, end + 1, strlen(end + 1) + 1);
        }
    }
}

static int digest_of(char out[65], hwloc_topology_t topology)
{
    char *xml = NULL;
    int length = 0;
    if (hwloc_topology_export_xmlbuffer(topology, &xml, &length, 0) != 0) {
        return -1;
    }
    struct sb_hash *hash = sb_hash_new();
    for (char *line = xml; *line && hash;) {
        char *end = line + strcspn(line, "\n");
        char *next = *end ? end + 1 : end;
        *end = '\0';
        if (!starts_volatile(line)) {
            cut_attributes(line);
            sb_hash_add_text(hash, line);
        }
        line = next;
    }
    hwloc_free_xmlbuffer(topology, xml);
    if (!hash) {
        return -1;
    }
    sb_hash_finish(hash, out);
    return 0;
}

/* hwloc takes a recorded machine from the environment alone (hwloc's own tests do the same). */
static void point_at(const char *root)
{
    if (root[0] != '\0') {
        setenv("HWLOC_FSROOT", root, 1);
        setenv("HWLOC_THISSYSTEM", "0", 1);
        setenv("HWLOC_COMPONENTS", "linux,stop", 1);
        setenv("HWLOC_DUMPED_HWDATA_DIR", "/nonexistent", 1);
    }
}

static void point_back(const char *root)
{
    if (root[0] != '\0') {
        unsetenv("HWLOC_FSROOT");
        unsetenv("HWLOC_THISSYSTEM");
        unsetenv("HWLOC_COMPONENTS");
        unsetenv("HWLOC_DUMPED_HWDATA_DIR");
    }
}

int sb_node_topology_digest(char out[65], const char *root)
{
    hwloc_topology_t topology;
    if (hwloc_topology_init(&topology) != 0) {
        return -1;
    }
    point_at(root);
    hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE);
    const int status = hwloc_topology_load(topology) == 0 ? digest_of(out, topology) : -1;
    point_back(root);
    hwloc_topology_destroy(topology);
    return status;
}

static int pick_cpus(int *out, int room, hwloc_topology_t topology, hwloc_const_cpuset_t bound)
{
    const int cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
    const hwloc_obj_type_t type = cores > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
    const int units = hwloc_get_nbobjs_by_type(topology, type);
    hwloc_bitmap_t mine = hwloc_bitmap_alloc();
    int count = 0;
    for (int i = 0; mine && i < units && count < room; ++i) {
        hwloc_bitmap_and(mine, hwloc_get_obj_by_type(topology, type, (unsigned)i)->cpuset, bound);
        const int cpu = hwloc_bitmap_first(mine);
        if (cpu >= 0) {
            out[count++] = cpu;
        }
    }
    hwloc_bitmap_free(mine);
    return count;
}

/* Where hwloc is told nothing (gVisor's /sys has no processors), the kernel's own list, one thread on each. */
static int listed_cpus(int *out, int room)
{
    cpu_set_t mine;
    int count = 0;
    if (sched_getaffinity(0, sizeof mine, &mine) == 0) {
        for (int cpu = 0; cpu < CPU_SETSIZE && count < room; ++cpu) {
            if (CPU_ISSET(cpu, &mine)) {
                out[count++] = cpu;
            }
        }
    }
    return count;
}

int sb_node_cpus(int *out, int room, struct sb_error *err)
{
    hwloc_topology_t topology;
    if (hwloc_topology_init(&topology) != 0) {
        return sb_fail(err, SB_ENOMEM, "hwloc: out of memory");
    }
    const int quota = sb_cores_allowed();
    const int most = quota > 0 && quota < room ? quota : room;
    int count = 0;
    hwloc_bitmap_t bound = hwloc_bitmap_alloc();
    hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE);
    if (bound && hwloc_topology_load(topology) == 0) {
        if (hwloc_get_cpubind(topology, bound, HWLOC_CPUBIND_PROCESS) != 0) {
            hwloc_bitmap_copy(bound, hwloc_topology_get_allowed_cpuset(topology));
        }
        count = pick_cpus(out, most, topology, bound);
    }
    count = count > 0 ? count : listed_cpus(out, most);
    hwloc_bitmap_free(bound);
    hwloc_topology_destroy(topology);
    return count > 0 ? count
                     : sb_fail(err, SB_EABSENT, "hwloc finds no CPU that this process may use");
}
