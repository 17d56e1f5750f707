/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/caches.h"

#include "harness/run/topology/load.h"

#include <hwloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WAYS_UNTOLD 16
#define LINE_UNTOLD 64

int sb_cache_fit(struct sb_cache_shape *shape)
{
    const long long way_bytes = (long long)shape->ways * shape->line_bytes;
    long long sets = 1;
    while (2 * sets * way_bytes <= shape->bytes) {
        sets *= 2;
    }
    const bool changed = sets * way_bytes != shape->bytes;
    shape->bytes = sets * way_bytes;
    return changed;
}

/* Ways are −1 where a cache is fully associative, 0 where nobody says. */
static void take(struct sb_cache_shape *out, struct sb_caches *all, const char *name,
                 hwloc_obj_t cache)
{
    const struct hwloc_cache_attr_s *attr = &cache->attr->cache;
    out->bytes = (long long)attr->size;
    out->line_bytes = attr->linesize > 0 ? (int)attr->linesize : LINE_UNTOLD;
    out->ways = attr->associativity > 0   ? attr->associativity
                : attr->associativity < 0 ? (int)(out->bytes / out->line_bytes)
                                          : WAYS_UNTOLD;
    const bool fitted = sb_cache_fit(out) != 0;
    const size_t used = strlen(all->note);
    if (fitted || attr->associativity == 0) {
        snprintf(all->note + used, sizeof all->note - used,
                 "%s%s is simulated with %lld bytes in %d ways", used ? ", " : "", name, out->bytes,
                 out->ways);
    }
}

static hwloc_obj_t above(hwloc_obj_t core, hwloc_obj_type_t type)
{
    hwloc_obj_t at = core;
    while (at && at->type != type) {
        at = at->parent;
    }
    return at && at->attr->cache.size > 0 ? at : NULL;
}

static int look(struct sb_caches *out, hwloc_topology_t topology)
{
    static const hwloc_obj_type_t last_first[] = {HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L4CACHE,
                                                  HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE};
    hwloc_obj_t unit = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PU, 0);
    hwloc_obj_t data = above(unit, HWLOC_OBJ_L1CACHE);
    hwloc_obj_t code = above(unit, HWLOC_OBJ_L1ICACHE);
    hwloc_obj_t last = NULL;
    for (size_t i = 0; !last && i < sizeof last_first / sizeof *last_first; ++i) {
        last = above(unit, last_first[i]);
    }
    if (!data || !last) {
        return 1;
    }
    take(&out->first_data, out, "the first data cache", data);
    take(&out->first_code, out, "the first instruction cache", code ? code : data);
    take(&out->last, out, "the last cache", last);
    return 0;
}

int sb_caches_here(struct sb_caches *out, struct sb_error *err)
{
    *out = (struct sb_caches){0};
    hwloc_topology_t topology;
    if (sb_topology_init(&topology, err) != 0) {
        return SB_ENOMEM;
    }
    hwloc_topology_set_icache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);
    const int failed = hwloc_topology_load(topology) != 0 || look(out, topology) != 0;
    hwloc_topology_destroy(topology);
    return failed ? sb_fail(err, SB_EABSENT,
                            "this node does not tell the sizes of its caches (sysfs, hwloc): "
                            "nothing to simulate")
                  : 0;
}
