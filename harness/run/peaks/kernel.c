/* SPDX-License-Identifier: Apache-2.0 */
/* The probes as a kernel, as far as compilers and devices need one. It is never verified as kernels are: see time.c. */
#include "harness/run/peaks/parts.h"

#include <stdio.h>

static const struct sb_param params[] = {
    {.name = "n", .unit = "elements", .help = "length of the arrays", .least = 1, .most = 1e12},
    {.name = "chained", .unit = "elements", .help = "length of the chains", .most = 1e12},
    {.name = "outs", .unit = "elements", .help = "threads of a launch", .least = 1, .most = 1e9},
    {.name = NULL},
};
static const struct sb_tuning tunings[] = {
    {.name = "BX", .help = "threads of a block", .usual = 256},
    {.name = "NV", .help = "lanes of a thread", .usual = 1},
    {.name = NULL},
};

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    static const char *const names[] = {"a", "b", "c", "out", "chain", "at"};
    const int64_t n = (int64_t)c->p[SB_PEAKS_N];
    const int64_t counts[] = {
        n, n, n, (int64_t)c->p[SB_PEAKS_OUTS], (int64_t)c->p[SB_PEAKS_CHAINED], SB_PEAKS_LEVELS};
    for (int i = 0; i < SB_PEAKS_ARRAYS; ++i) {
        out[i] = (struct sb_array){.name = names[i],
                                   .type = i >= SB_PEAKS_CHAIN ? SB_UINT32 : SB_REAL,
                                   .role = SB_INOUT,
                                   .rank = 1,
                                   .shape = {counts[i]}};
    }
    return SB_PEAKS_ARRAYS;
}

const int sb_peaks_widths[5] = {0, 128, 256, 512, SB_VECTOR_SCALABLE};

void sb_peaks_function(char *out, size_t room, bool fused, int width)
{
    char vector[16] = "s";
    if (width != SB_VECTOR_SCALABLE) {
        snprintf(vector, sizeof vector, "%d", width);
    }
    snprintf(out, room, "peak_%s_v%s", fused ? "fma" : "mul_add", vector);
}

const struct sb_kernel sb_peaks_kernel = {
    .abi = SB_KERNEL_ABI,
    .name = "peaks",
    .title = "probes of what a device can do",
    .source = "Williams, Waterman, Patterson, Roofline, CACM 52 (2009)",
    .params = params,
    .tunings = tunings,
    .precisions = 1 << SB_DOUBLE | 1 << SB_FLOAT,
    .arrays = arrays,
};
