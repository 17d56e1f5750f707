/* SPDX-License-Identifier: Apache-2.0 */
#include "results/bound/bound.h"

#include "harness/util/json.h"

#include <math.h>
#include <stdio.h>

const char *const sb_limit_names[SB_LIMITS] = {
    [SB_LIMIT_MEMORY] = "memory", [SB_LIMIT_L1] = "l1",     [SB_LIMIT_SHARED] = "shared",
    [SB_LIMIT_FP64] = "fp64",     [SB_LIMIT_FP32] = "fp32", [SB_LIMIT_ATOMICS] = "atomics",
    [SB_LIMIT_LAUNCH] = "launch",
};
const char *const sb_limit_helps[SB_LIMITS] = {
    [SB_LIMIT_MEMORY] = "distinct bytes at memory's peak, with caches that hold everything",
    [SB_LIMIT_L1] = "what loads and stores need of the L1 caches, at their peak",
    [SB_LIMIT_SHARED] = "what accesses need of shared memory at its peak, bank conflicts included",
    [SB_LIMIT_FP64] = "double operations at the vector units' peak, fused where possible",
    [SB_LIMIT_FP32] = "float operations at the vector units' peak, fused where possible",
    [SB_LIMIT_ATOMICS] = "atomic requests on the hottest address, one after the other",
    [SB_LIMIT_LAUNCH] = "launches, each as long as the shortest takes",
};

/* Every fused multiply-add that could be made of additions and multiplications is made. */
static double slots_of(const json_t *launch, const char *type)
{
    char path[64];
    double count[5];
    static const char *const names[] = {"fma", "add", "mul", "div", "sqrt"};
    for (int i = 0; i < 5; ++i) {
        snprintf(path, sizeof path, "total.flop.%s.%s", type, names[i]);
        count[i] = sb_json_real_or(launch, path, 0);
    }
    snprintf(path, sizeof path, "total.flop.%s.special", type);
    return count[0] + fmax(count[1], count[2]) + count[3] + count[4] +
           sb_json_real_or(launch, path, 0);
}

static double warp_sum(const json_t *launch, int warp, const char *const *groups,
                       const char *member)
{
    double sum = 0;
    for (; *groups; ++groups) {
        char path[96];
        snprintf(path, sizeof path, "total.warp%d.%s.%s", warp, *groups, member);
        sum += sb_json_real_or(launch, path, 0);
    }
    return sum;
}

/* All but distinct bytes may have been counted in a sample of the blocks. */
static void scale(struct sb_launch_counts *out, const json_t *launch)
{
    const double all = out->launches * out->blocks;
    const double counted = sb_json_real_or(launch, "counted_blocks", all);
    const double times = counted > 0 ? all / counted : 1;
    out->l1_bytes *= times;
    out->shared_bytes *= times;
    out->fp64_slots *= times;
    out->fp32_slots *= times;
    out->hottest *= times;
}

int sb_launch_counts_read(struct sb_launch_counts *out, const json_t *launch,
                          const struct sb_sheet *sheet, struct sb_error *err)
{
    static const char *const global[] = {"load", "store", NULL};
    static const char *const shared[] = {"shared_load", "shared_store", "shared_atomic", NULL};
    const int warp = (int)sheet->figure[SB_FIGURE_WARP];
    char path[32];
    snprintf(path, sizeof path, "total.warp%d", warp);
    if (!sb_json_at(launch, path)) {
        return sb_fail(err, SB_ENOTFOUND,
                       "%s has warps of %d threads, at which nothing was counted", sheet->name,
                       warp);
    }
    *out = (struct sb_launch_counts){
        .launches = sb_json_real_or(launch, "launches", 1),
        .blocks = sb_json_real_or(launch, "blocks", 1),
        .read_bytes = sb_json_real_or(launch, "read_bytes", 0),
        .write_bytes = sb_json_real_or(launch, "write_bytes", 0),
        .l1_bytes = warp_sum(launch, warp, global, "least_bytes"),
        .shared_bytes = warp_sum(launch, warp, shared, "least_bytes"),
        .fp64_slots = slots_of(launch, "fp64"),
        .fp32_slots = slots_of(launch, "fp32"),
    };
    snprintf(path, sizeof path, "hottest.warp%d", warp);
    out->hottest = sb_json_real_or(launch, path, 0);
    scale(out, launch);
    return SB_OK;
}

void sb_bound_of(struct sb_bound *out, const struct sb_sheet *sheet,
                 const struct sb_launch_counts *counts)
{
    const double *f = sheet->figure;
    /* a launch of few blocks uses few units */
    const double units = fmin(f[SB_FIGURE_UNITS], fmax(counts->blocks, 1));
    const double share = units / f[SB_FIGURE_UNITS];
    const double cycles_per_s = units * f[SB_FIGURE_CLOCK];
    double *t = out->time_ns;
    t[SB_LIMIT_MEMORY] = (counts->read_bytes + counts->write_bytes) / f[SB_FIGURE_BANDWIDTH];
    t[SB_LIMIT_L1] = counts->l1_bytes / (f[SB_FIGURE_L1_CYCLE] * cycles_per_s);
    t[SB_LIMIT_SHARED] = counts->shared_bytes / (f[SB_FIGURE_SHARED_CYCLE] * cycles_per_s);
    t[SB_LIMIT_FP64] = 2 * counts->fp64_slots / (f[SB_FIGURE_FP64] * share);
    t[SB_LIMIT_FP32] = 2 * counts->fp32_slots / (f[SB_FIGURE_FP32] * share);
    t[SB_LIMIT_ATOMICS] = counts->hottest / (f[SB_FIGURE_ATOMICS] * f[SB_FIGURE_CLOCK]);
    t[SB_LIMIT_LAUNCH] = counts->launches * f[SB_FIGURE_LAUNCH] * 1e-9;
    out->binds = SB_LIMIT_MEMORY;
    for (int i = 0; i < SB_LIMITS; ++i) {
        t[i] *= 1e9;
        if (t[i] > t[out->binds]) {
            out->binds = (enum sb_limit)i;
        }
    }
}

static json_t *limits_json(const double time_ns[SB_LIMITS])
{
    json_t *limits = json_object();
    for (int i = 0; i < SB_LIMITS; ++i) {
        if (time_ns[i] > 0) {
            json_object_set_new(limits, sb_limit_names[i], json_real(time_ns[i]));
        }
    }
    return limits;
}

int sb_bounds_json(json_t **out, const json_t *counts, const struct sb_sheet *sheet,
                   struct sb_error *err)
{
    double sums[SB_LIMITS] = {0};
    double parts[SB_LIMITS] = {0}; /* of the bound, by what binds */
    double total_ns = 0;
    json_t *launches = json_array();
    size_t i = 0;
    const json_t *launch = NULL;
    *out = NULL;
    json_array_foreach (json_object_get(counts, "launches"), i, launch) {
        struct sb_launch_counts sum;
        struct sb_bound bound;
        const int rc = sb_launch_counts_read(&sum, launch, sheet, err);
        if (rc) {
            json_decref(launches);
            return rc;
        }
        sb_bound_of(&bound, sheet, &sum);
        const double time_ns = bound.time_ns[bound.binds];
        total_ns += time_ns;
        parts[bound.binds] += time_ns;
        for (int l = 0; l < SB_LIMITS; ++l) {
            sums[l] += isnan(bound.time_ns[l]) ? 0 : bound.time_ns[l];
        }
        json_array_append_new(launches, json_pack("{s:s,s:f,s:f,s:s,s:o}", "function",
                                                  sb_json_text_or(launch, "function", ""),
                                                  "launches", sum.launches, "time_ns", time_ns,
                                                  "binds", sb_limit_names[bound.binds], "limits",
                                                  limits_json(bound.time_ns)));
    }
    int most = 0;
    for (int l = 1; l < SB_LIMITS; ++l) {
        most = parts[l] > parts[most] ? l : most;
    }
    *out = json_pack("{s:s,s:f,s:f,s:f,s:s,s:o,s:o}", "sheet", sheet->name, "warp_threads",
                     sheet->figure[SB_FIGURE_WARP], "sector_bytes", sheet->figure[SB_FIGURE_SECTOR],
                     "time_ns", total_ns, "binds", sb_limit_names[most], "limits",
                     limits_json(sums), "launches", launches);
    return *out ? SB_OK : sb_fail(err, SB_ENOMEM, "out of memory");
}
