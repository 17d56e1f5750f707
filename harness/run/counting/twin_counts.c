/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/twin_counts.h"

#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>

#define TERMS 6

/* A sum of members of a launch's total, "%d" being the warp's size, or of the launch. */
static const struct known {
    const char *name, *unit, *tags;
    const char *of[TERMS];
    double weight[TERMS]; /* 0 is 1 */
    bool whole;           /* of all blocks, however many were counted */
    const char *help;
} known[] = {
#define FLOP(name, type, which)                                                                    \
    {name,                                                                                         \
     "1",                                                                                          \
     "active_lanes per_precision process exact",                                                   \
     {"total.flop." type ".add", "total.flop." type ".mul", "total.flop." type ".fma",             \
      "total.flop." type ".div", "total.flop." type ".sqrt", "total.flop." type ".special"},       \
     {1, 1, 2, 1, 1, 1},                                                                           \
     false,                                                                                        \
     which "; a fused one is two, a division or root one"}
    FLOP("flop-double", "fp64", "operations of double precision"),
    FLOP("flop-float", "fp32", "operations of single precision"),
#define WARP(name, path, help)                                                                     \
    {name, "1", "active_lanes process simulated", {"total.warp%d." path}, {0}, false, help}
    WARP("load-requests", "load.requests", "loads of global memory, one a warp"),
    WARP("load-sectors", "load.sectors", "of 32 bytes that they touch"),
    WARP("store-requests", "store.requests", "stores to global memory, one a warp"),
    WARP("store-sectors", "store.sectors", "of 32 bytes that they touch"),
    {"read-bytes",
     "byte",
     "active_lanes process exact",
     {"read_bytes"},
     {0},
     true,
     "distinct bytes that launches read, each launch by itself"},
    {"write-bytes",
     "byte",
     "active_lanes process exact",
     {"write_bytes"},
     {0},
     true,
     "distinct bytes that launches write"},
    {"bank-conflicts",
     "1",
     "active_lanes process simulated",
     {"total.warp%d.shared_load.wavefronts", "total.warp%d.shared_store.wavefronts",
      "total.warp%d.shared_atomic.wavefronts", "total.warp%d.shared_load.phases",
      "total.warp%d.shared_store.phases", "total.warp%d.shared_atomic.phases"},
     {1, 1, 1, -1, -1, -1},
     false,
     "wavefronts of shared memory beyond the least possible"},
    {"shared-requests",
     "1",
     "active_lanes process simulated",
     {"total.warp%d.shared_load.requests", "total.warp%d.shared_store.requests",
      "total.warp%d.shared_atomic.requests"},
     {0},
     false,
     "accesses of shared memory, one a warp"},
    WARP("atomic-requests", "atomic.requests", "atomics on global memory, one a warp"),
    {"hottest-atomics",
     "1",
     "active_lanes process simulated",
     {"hottest.warp%d"},
     {0},
     false,
     "requests on the address that most of them meet at"},
    WARP("branches", "branches", "conditional, one a warp"),
    WARP("divergent-branches", "divergent", "after which the lanes of a warp parted"),
    {"blocks", "1", "process exact", {"blocks"}, {0}, true, "of all launches"},
};
#define KNOWN ((int)(sizeof known / sizeof *known))

bool sb_twin_event(struct sb_counter_event *out, int i)
{
    if (i >= KNOWN) {
        return false;
    }
    *out = (struct sb_counter_event){0};
    snprintf(out->name, sizeof out->name, "%s", known[i].name);
    snprintf(out->unit, sizeof out->unit, "%s", known[i].unit);
    snprintf(out->tags, sizeof out->tags, "%s", known[i].tags);
    snprintf(out->help, sizeof out->help, "%s", known[i].help);
    return true;
}

static double all_blocks(const json_t *launch)
{
    return sb_json_real_or(launch, "launches", 1) * sb_json_real_or(launch, "blocks", 1);
}

/* A path's "%d" replaced by the warp's size. */
static void write_path(char *out, size_t room, const char *path, int warp)
{
    const char *at = strstr(path, "%d");
    if (at) {
        snprintf(out, room, "%.*s%d%s", (int)(at - path), path, warp, at + 2);
    } else {
        snprintf(out, room, "%s", path);
    }
}

double sb_twin_sum(const json_t *counts, int i, int warp)
{
    double sum = 0;
    size_t l = 0;
    const json_t *launch = NULL;
    json_array_foreach (json_object_get(counts, "launches"), l, launch) {
        const double all = all_blocks(launch);
        const double counted = sb_json_real_or(launch, "counted_blocks", all);
        const double times = known[i].whole || counted <= 0 ? 1 : all / counted;
        for (int t = 0; t < TERMS && known[i].of[t]; ++t) {
            char path[96];
            write_path(path, sizeof path, known[i].of[t], warp);
            const double weight = known[i].weight[t] != 0 ? known[i].weight[t] : 1;
            const double each =
                strcmp(path, "blocks") == 0 ? all : sb_json_real_or(launch, path, 0);
            sum += times * weight * each;
        }
    }
    return sum;
}

bool sb_twin_sampled(const json_t *counts)
{
    size_t l = 0;
    const json_t *launch = NULL;
    json_array_foreach (json_object_get(counts, "launches"), l, launch) {
        const double all = all_blocks(launch);
        if (sb_json_real_or(launch, "counted_blocks", all) < all) {
            return true;
        }
    }
    return false;
}
