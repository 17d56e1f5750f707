/* SPDX-License-Identifier: Apache-2.0 */
#include "results/bound/attainable.h"

#include "harness/util/json.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is(const json_t *object, const char *member, const char *text)
{
    return strcmp(sb_json_text_or(object, member, ""), text) == 0;
}

/* Of the figures, the number of threads that the record's are compared with. */
static int threads_of(const json_t *entry, int wanted)
{
    int next = INT_MAX, most = 0;
    size_t i = 0;
    const json_t *figure = NULL;
    json_array_foreach (json_object_get(entry, "figures"), i, figure) {
        const int threads = (int)sb_json_integer_or(figure, "threads", 0);
        const bool counts = is(figure, "what", "bandwidth") || is(figure, "what", "flop_rate");
        most = counts && threads > most ? threads : most;
        next = counts && threads >= wanted && threads < next ? threads : next;
    }
    return wanted > 0 && next < INT_MAX ? next : most;
}

/* What a target's vectors have at most; native ones, GPUs' and the longest of Arm's are what was measured. */
static void limits_of(const char *target, int *bits, bool *fuses)
{
    static const struct {
        const char *target;
        int bits;
        bool fuses;
    } rows[] = {{"x86-64", 128, false},   {"x86-64-v2", 128, false}, {"x86-64-v3", 256, true},
                {"x86-64-v4", 512, true}, {"armv8-a", 128, true},    {"armv8.2-a", 128, true}};
    *bits = INT_MAX;
    *fuses = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        if (strcmp(target, rows[i].target) == 0) {
            *bits = rows[i].bits;
            *fuses = rows[i].fuses;
        }
    }
}

/* The best bandwidth of a level, 0 where there is none. */
static double bandwidth_of(const json_t *entry, const char *level, int threads)
{
    double best = 0;
    size_t i = 0;
    const json_t *figure = NULL;
    json_array_foreach (json_object_get(entry, "figures"), i, figure) {
        if (is(figure, "what", "bandwidth") && is(figure, "level", level) &&
            sb_json_integer_or(figure, "threads", 0) == threads) {
            best = fmax(best, sb_json_real_or(figure, "best", 0));
        }
    }
    return best;
}

static double flop_rate_of(const json_t *entry, const json_t *record, int threads)
{
    int bits = 0;
    bool fuses = true;
    double best = 0;
    size_t i = 0;
    const json_t *figure = NULL;
    limits_of(sb_json_text_or(record, "target", ""), &bits, &fuses);
    json_array_foreach (json_object_get(entry, "figures"), i, figure) {
        if (is(figure, "what", "flop_rate") &&
            is(figure, "precision", sb_json_text_or(record, "precision", "")) &&
            sb_json_integer_or(figure, "threads", 0) == threads &&
            sb_json_integer_or(figure, "vector_bits", 0) <= bits &&
            (fuses || !is(figure, "loop", "fma"))) {
            best = fmax(best, sb_json_real_or(figure, "best", 0));
        }
    }
    return best;
}

/* In a row or by itself, whichever takes less. */
static double launch_of(const json_t *entry, int threads)
{
    double least = INFINITY;
    size_t i = 0;
    const json_t *figure = NULL;
    json_array_foreach (json_object_get(entry, "figures"), i, figure) {
        if (is(figure, "what", "launch") && sb_json_integer_or(figure, "threads", 0) == threads) {
            least = fmin(least, sb_json_real_or(figure, "best", INFINITY));
        }
    }
    return isfinite(least) ? least : 0;
}

static void add_roof(json_t *roofs, const char *name, double time_ns, double amount, double peak,
                     const char *unit)
{
    if (time_ns > 0 && isfinite(time_ns)) {
        json_array_append_new(roofs,
                              json_pack("{s:s,s:f,s:f,s:f,s:s}", "name", name, "time_ns", time_ns,
                                        "amount", amount, "peak", peak, "unit", unit));
    }
}

static void add_level(json_t *roofs, const json_t *entry, const char *level, int threads,
                      double bytes)
{
    const double peak = bandwidth_of(entry, level, threads);
    if (peak > 0) {
        add_roof(roofs, level, 1e9 * bytes / peak, bytes, peak, "B/s");
    }
}

/* From the nearest level outwards, each with the bytes that the ones before cannot have kept. */
static void add_levels(json_t *roofs, const json_t *entry, const json_t *record, int threads)
{
    const double bytes = sb_json_real_or(record, "work.read_bytes", 0) +
                         sb_json_real_or(record, "work.write_bytes", 0);
    const double arrays = sb_json_real_or(record, "work.array_bytes", bytes);
    const double touched = fmin(bytes, arrays); /* bytes are distinct in a launch, not in all */
    double kept = 0;
    size_t i = 0;
    const json_t *cache = NULL;
    json_array_foreach (json_object_get(entry, "caches"), i, cache) {
        if (sb_json_integer_or(cache, "threads", 0) == threads && kept < touched) {
            add_level(roofs, entry, sb_json_text_or(cache, "level", ""), threads,
                      bytes * (1 - kept / touched));
            kept = fmax(kept, sb_json_real_or(cache, "bytes", 0));
        }
    }
    if (kept < touched) {
        add_level(roofs, entry, "memory", threads, bytes * (1 - kept / touched));
    }
}

static json_t *roofs_of(const json_t *record, const json_t *entry, int threads)
{
    json_t *roofs = json_array();
    add_levels(roofs, entry, record, threads);
    const double flop = sb_json_real_or(record, "work.flop", 0);
    const double rate = flop_rate_of(entry, record, threads);
    const bool single = is(record, "precision", "float");
    if (rate > 0) {
        add_roof(roofs, single ? "fp32" : "fp64", 1e9 * flop / rate, flop, rate, "flop/s");
    }
    const double launches = sb_json_real_or(record, "work.launches", 0);
    const double launch_ns = launch_of(entry, threads);
    add_roof(roofs, "launch", launches * launch_ns, launches, launch_ns, "ns");
    return roofs;
}

static int refuse(const json_t *record, struct sb_error *err)
{
    if (!(sb_json_real_or(record, "timing.median_ns", 0) > 0)) {
        return sb_fail(err, SB_EABSENT, "nothing was timed");
    }
    return sb_json_integer_or(record, "ranks", 1) > 1
               ? sb_fail(err, SB_EABSENT,
                         "several ranks computed it: peaks are of one process on one node")
               : SB_OK;
}

static const json_t *largest(const json_t *roofs)
{
    const json_t *most = json_array_get(roofs, 0);
    size_t i = 0;
    const json_t *roof = NULL;
    json_array_foreach (roofs, i, roof) {
        if (sb_json_real_or(roof, "time_ns", 0) > sb_json_real_or(most, "time_ns", 0)) {
            most = roof;
        }
    }
    return most;
}

static json_t *note_of(double fraction)
{
    return fraction > 1 ? json_sprintf("%.2f times as fast as its bound: a count of its work is "
                                       "too high, or a peak was measured on a busy node "
                                       "('switchbench peaks' measures anew)",
                                       fraction)
                        : json_null();
}

int sb_attainable(json_t **out, const json_t *record, const json_t *peaks, int threads,
                  struct sb_error *err)
{
    *out = NULL;
    const json_t *entry = json_array_get(json_object_get(peaks, "backends"), 0);
    const int code = refuse(record, err);
    if (code != SB_OK) {
        return code;
    }
    json_t *roofs = roofs_of(record, entry, threads_of(entry, threads));
    const json_t *most = largest(roofs);
    if (!most) {
        json_decref(roofs);
        return sb_fail(err, SB_EABSENT,
                       "no roof: its work is counted as nothing, or no peak of it was measured");
    }
    const double time_ns = sb_json_real_or(most, "time_ns", 0);
    const double fraction = time_ns / sb_json_real_or(record, "timing.median_ns", 0);
    *out =
        json_pack("{s:f,s:s,s:f,s:s,s:o,s:o}", "time_ns", time_ns, "binds",
                  sb_json_text_or(most, "name", ""), "fraction", fraction, "peaks",
                  sb_json_text_or(peaks, "digest", ""), "note", note_of(fraction), "roofs", roofs);
    return *out ? SB_OK : sb_fail(err, SB_ENOMEM, "out of memory");
}
