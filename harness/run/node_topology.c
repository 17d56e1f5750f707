/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/node_topology.h"
#include "harness/plan/kernels.h"
#include "harness/run/node.h"
#include "harness/run/topology/load.h"

#include <hwloc.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

int sb_node_topology_digest(char out[65], const char *root)
{
    const struct sb_topology_source source = {.root = root};
    return sb_topology_digest(out, &source, NULL) == 0 ? 0 : -1;
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
    const int quota = sb_cores_allowed();
    const int most = quota > 0 && quota < room ? quota : room;
    int count = 0;
    hwloc_bitmap_t bound = hwloc_bitmap_alloc();
    if (bound && sb_topology_here(&topology, NULL) == 0) {
        if (hwloc_get_cpubind(topology, bound, HWLOC_CPUBIND_PROCESS) != 0) {
            hwloc_bitmap_copy(bound, hwloc_topology_get_allowed_cpuset(topology));
        }
        count = pick_cpus(out, most, topology, bound);
    }
    count = count > 0 ? count : listed_cpus(out, most);
    hwloc_bitmap_free(bound);
    return count > 0 ? count
                     : sb_fail(err, SB_EABSENT, "hwloc finds no CPU that this process may use");
}
