/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/peaks/parts.h"

#include "harness/run/topology/load.h"

#include <hwloc.h>
#include <math.h>
#include <stdio.h>

/* A working set lies in a cache where it fills half of it, and not in the one before where it is twice as large. The last
 * cache is often shared with others, and keeps what the ones before do not: a quarter of it is ours. */
#define PART_OF_CACHE 0.5
#define PART_OF_LAST 0.25
#define TIMES_BEFORE 2.0
/* STREAM's rule: each array at least four times the caches. */
#define TIMES_CACHES 4.0
#define MEMORY_SET_LEAST 64e6
#define PART_OF_MEMORY 0.4

static int add_memory(struct sb_peaks_level *out, int count, double memory_bytes)
{
    const double last = count > 0 ? out[count - 1].capacity : 0;
    struct sb_peaks_level *memory = &out[count];
    const double arrays = 3 * fmax(TIMES_CACHES * last, MEMORY_SET_LEAST);
    *memory = (struct sb_peaks_level){
        .name = "memory",
        .capacity = memory_bytes,
        .set = memory_bytes > 0 ? fmin(arrays, PART_OF_MEMORY * memory_bytes) : arrays};
    return count + 1;
}

static int add_cache(struct sb_peaks_level *out, int count, const char *name, double capacity,
                     bool last)
{
    const double before = count > 0 ? out[count - 1].capacity : 0;
    const double usual = (last && count > 0 ? PART_OF_LAST : PART_OF_CACHE) * capacity;
    const double set = fmax(usual, fmin(TIMES_BEFORE * before, PART_OF_CACHE * capacity));
    if (capacity <= 0 || set < TIMES_BEFORE * before) {
        return count;
    }
    struct sb_peaks_level *level = &out[count];
    *level = (struct sb_peaks_level){.capacity = capacity, .set = set};
    snprintf(level->name, sizeof level->name, "%s", name);
    return count + 1;
}

/* Of all caches of that kind, those that one of the CPUs has. */
static double capacity_of(hwloc_topology_t topology, hwloc_obj_type_t type, const int *cpus,
                          int count)
{
    double bytes = 0;
    hwloc_obj_t cache = NULL;
    while ((cache = hwloc_get_next_obj_by_type(topology, type, cache)) != NULL) {
        bool ours = false;
        for (int i = 0; i < count; ++i) {
            ours = ours || hwloc_bitmap_isset(cache->cpuset, (unsigned)cpus[i]);
        }
        bytes += ours ? (double)cache->attr->cache.size : 0;
    }
    return bytes;
}

int sb_peaks_levels(struct sb_peaks_level out[SB_PEAKS_LEVELS], const int *cpus, int count,
                    double memory_bytes)
{
    static const struct {
        hwloc_obj_type_t type;
        const char *name;
    } kinds[] = {{HWLOC_OBJ_L1CACHE, "l1"}, {HWLOC_OBJ_L2CACHE, "l2"}, {HWLOC_OBJ_L3CACHE, "l3"}};
    hwloc_topology_t topology;
    double bytes[3] = {0};
    if (sb_topology_init(&topology, NULL) == 0) {
        const bool loaded = hwloc_topology_load(topology) == 0;
        for (int i = 0; loaded && i < 3; ++i) {
            bytes[i] = capacity_of(topology, kinds[i].type, cpus, count);
        }
        hwloc_topology_destroy(topology);
    }
    int levels = 0;
    for (int i = 0; i < 3; ++i) {
        const bool last = (i > 1 || bytes[2] <= 0) && (i > 0 || bytes[1] <= 0);
        levels = add_cache(out, levels, kinds[i].name, bytes[i], last);
    }
    return add_memory(out, levels, memory_bytes);
}

int sb_peaks_levels_of(struct sb_peaks_level out[SB_PEAKS_LEVELS], double cache_bytes,
                       double memory_bytes)
{
    return add_memory(out, add_cache(out, 0, "cache", cache_bytes, true), memory_bytes);
}
