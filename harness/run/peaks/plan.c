/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a device, and the launches that ask it. */
#include "harness/run/peaks/parts.h"

#include <stdio.h>
#include <string.h>

#define EMPTY_LAUNCHES 100
/* x m + a, then x w − a: m w is 1 but for rounding. */
#define UP 1.0000001
#define SHIFT 0.5
/* Whole vectors of 512 bits in groups of eight, for each thread; a block's whole steps. */
#define GROUP_ELEMENTS 64
#define DEEP 4 /* of probes.dev.c */
#define LINE_ELEMENTS 16

static const struct {
    const char *loop;
    int arrays;  /* that pass, of a level's working set */
    bool cached; /* of every level; else of memory alone */
    const char *how;
} loops[] = {
    {"load", 1, true, "every element of an array is loaded"},
    {"copy", 2, true, "a[i] = b[i]; bytes of both arrays"},
    {"triad", 3, true, "a[i] = b[i] + s c[i]; bytes of three arrays"},
    {"copy_stream", 2, false, "a[i] = b[i], stores past the caches; bytes of both arrays"},
    {"triad_stream", 3, false,
     "a[i] = b[i] + s c[i], stores past the caches; bytes of three arrays"},
};

static int64_t granule(const struct sb_peaks_session *s)
{
    const int *tuning = s->c[s->moved].tuning;
    return s->widths ? (int64_t)s->threads * GROUP_ELEMENTS
                     : (int64_t)s->blocks * tuning[SB_PEAKS_BX] * tuning[SB_PEAKS_NV] * DEEP;
}

/* Of a level's working set, shared by so many arrays; of memory, each array is a third of it. */
static int64_t elements_of(const struct sb_peaks_session *s, int level, int arrays)
{
    const double parts = level == s->levels - 1 ? 3 : arrays;
    const int64_t most = (int64_t)(s->level[level].set / parts / (s->moved == SB_FLOAT ? 4 : 8));
    return most / granule(s) * granule(s);
}

static int add_bandwidth(struct sb_peaks_probe *out, const struct sb_peaks_session *s)
{
    int count = 0;
    for (int l = 0; l < s->levels; ++l) {
        for (size_t i = 0; i < sizeof loops / sizeof *loops; ++i) {
            const int64_t n = elements_of(s, l, loops[i].arrays);
            if (n == 0 || (!loops[i].cached && l < s->levels - 1)) {
                continue;
            }
            const double bytes = (double)n * loops[i].arrays * (s->moved == SB_FLOAT ? 4 : 8);
            out[count++] = (struct sb_peaks_probe){.what = "bandwidth",
                                                   .how = loops[i].how,
                                                   .level = s->level[l].name,
                                                   .loop = loops[i].loop,
                                                   .precision = s->moved,
                                                   .index = l,
                                                   .n = n,
                                                   .bytes = bytes,
                                                   .amount = bytes,
                                                   .rate = true};
        }
    }
    return count;
}

/* Of a width, amount is what the device tells of itself (time.c). */
static int add_flop_rates(struct sb_peaks_probe *out, const struct sb_peaks_session *s)
{
    const int widths = s->widths ? (int)(sizeof sb_peaks_widths / sizeof *sb_peaks_widths) : 1;
    int count = 0;
    for (int p = SB_DOUBLE; p <= SB_FLOAT; ++p) {
        const double threads = (double)s->blocks * s->c[p].tuning[SB_PEAKS_BX];
        for (int i = 0; s->exec[p] && i < 2 * widths; ++i) {
            const bool fused = i % 2 == 0;
            out[count++] = (struct sb_peaks_probe){
                .what = "flop_rate",
                .how = fused ? "independent chains of fused multiply-adds, each two operations"
                             : "as many additions as multiplications, on chains of their own",
                .loop = fused ? "fma" : "mul_add",
                .precision = p,
                .width = sb_peaks_widths[i / 2],
                .amount = threads * s->c[p].tuning[SB_PEAKS_NV] * 12 * 2 * (fused ? 2 : 1),
                .rate = true};
        }
    }
    return count;
}

static int add_latencies(struct sb_peaks_probe *out, const struct sb_peaks_session *s)
{
    int count = 0;
    for (int l = 0; s->threads <= 1 && l < s->levels; ++l) {
        const int64_t n = s->first[l + 1] - s->first[l];
        if (n > 0) {
            out[count++] = (struct sb_peaks_probe){
                .what = "latency",
                .how = "one thread follows a chain that passes every line of the set in random "
                       "order; translations of addresses included",
                .level = s->level[l].name,
                .precision = s->moved,
                .index = l,
                .n = n,
                .bytes = 4.0 * (double)n,
                .amount = 1,
                .steps_least = l < s->levels - 1 ? (int32_t)(n / LINE_ELEMENTS) : 1};
        }
    }
    return count;
}

int sb_peaks_plan(struct sb_peaks_probe out[SB_PEAKS_PROBES], const struct sb_peaks_session *s)
{
    int count = add_bandwidth(out, s);
    count += add_flop_rates(out + count, s);
    count += add_latencies(out + count, s);
    out[count++] = (struct sb_peaks_probe){.what = "launch",
                                           .how = "launches that do nothing, one behind the other",
                                           .loop = "row",
                                           .precision = s->moved,
                                           .amount = EMPTY_LAUNCHES};
    out[count++] = (struct sb_peaks_probe){.what = "launch",
                                           .how = "a launch that does nothing, by itself",
                                           .loop = "single",
                                           .precision = s->moved,
                                           .amount = 1};
    static const char *const ways[] = {"to_device", "from_device"};
    const bool apart = !s->backend->data || !s->backend->data(s->exec[s->moved], SB_PEAKS_A);
    for (int i = 0; apart && i < 2; ++i) {
        const double bytes = (double)s->n * (s->moved == SB_FLOAT ? 4 : 8);
        out[count++] =
            (struct sb_peaks_probe){.what = "transfer",
                                    .how = "a whole array, from or to ordinary (pageable) memory",
                                    .loop = ways[i],
                                    .precision = s->moved,
                                    .bytes = bytes,
                                    .amount = bytes,
                                    .rate = true};
    }
    return count;
}

/* In the dialect these are loops over all elements: a step is a launch. */
static void launch_streams(struct sb_launches *out, const struct sb_peaks_probe *probe,
                           int32_t steps)
{
    const struct sb_arg a = SB_A(SB_PEAKS_A), b = SB_A(SB_PEAKS_B), c = SB_A(SB_PEAKS_C);
    const struct sb_arg n = SB_I(probe->n);
    for (int32_t i = 0; i < steps && strcmp(probe->loop, "copy_stream") == 0; ++i) {
        sb_launch(out, "peak_copy_stream", SB_EACH_1D(probe->n), SB_ARGS(a, b, n));
    }
    for (int32_t i = 0; i < steps && strcmp(probe->loop, "triad_stream") == 0; ++i) {
        sb_launch(out, "peak_triad_stream", SB_EACH_1D(probe->n),
                  SB_ARGS(a, b, c, SB_R(SB_PEAKS_FACTOR), n));
    }
}

static void launch_bandwidth(struct sb_launches *out, const struct sb_peaks_probe *probe,
                             struct sb_shape shape, int32_t steps)
{
    const struct sb_arg a = SB_A(SB_PEAKS_A), b = SB_A(SB_PEAKS_B), c = SB_A(SB_PEAKS_C);
    const struct sb_arg put = SB_A(SB_PEAKS_OUT), n = SB_I(probe->n), reps = SB_I32(steps);
    char function[40];
    snprintf(function, sizeof function, "peak_%s", probe->loop);
    if (strncmp(probe->loop, "load", 4) == 0) {
        sb_launch(out, function, shape, SB_ARGS(a, put, n, reps));
    } else if (strncmp(probe->loop, "copy", 4) == 0) {
        sb_launch(out, function, shape, SB_ARGS(a, b, put, n, reps));
    } else {
        sb_launch(out, function, shape, SB_ARGS(a, b, c, put, SB_R(SB_PEAKS_FACTOR), n, reps));
    }
}

void sb_peaks_launches(struct sb_launches *out, const struct sb_peaks_session *s,
                       const struct sb_peaks_probe *probe, int32_t steps)
{
    const int block = s->c[probe->precision].tuning[SB_PEAKS_BX];
    const struct sb_shape all = s->widths ? SB_ONCE() : SB_BLOCKS_1D(s->blocks, block);
    const struct sb_shape one = s->widths ? SB_ONCE() : SB_BLOCKS_1D(1, 1);
    const struct sb_arg put = SB_A(SB_PEAKS_OUT), times = SB_I32(steps);
    if (strcmp(probe->what, "bandwidth") == 0 && !s->widths && strstr(probe->loop, "_stream")) {
        launch_streams(out, probe, steps);
    } else if (strcmp(probe->what, "bandwidth") == 0) {
        launch_bandwidth(out, probe, all, steps);
    } else if (strcmp(probe->what, "flop_rate") == 0) {
        char function[40];
        const bool fused = strcmp(probe->loop, "fma") == 0;
        sb_peaks_function(function, sizeof function, fused, probe->width);
        sb_launch(out,
                  s->widths ? function
                  : fused   ? "peak_fma"
                            : "peak_mul_add",
                  all, SB_ARGS(put, SB_R(UP), SB_R(1 / UP), SB_R(SHIFT), times));
    } else if (strcmp(probe->what, "latency") == 0) {
        sb_launch(out, "peak_chase", one,
                  SB_ARGS(SB_A(SB_PEAKS_CHAIN), SB_A(SB_PEAKS_AT), SB_I32(probe->index), times));
    } else if (strcmp(probe->what, "launch") == 0) {
        for (int i = 0; i < (int)probe->amount; ++i) {
            sb_launch(out, "peak_empty", one, SB_ARGS(put));
        }
    }
}
