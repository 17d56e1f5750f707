/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histogram of integer keys with integer atomics. The result is exact: integer addition is associative, so every order
 * of the atomics gives the same counts and no tolerance is needed.
 *
 * Outside truth: the keys are a shuffle of a multiset whose counts are known in closed form (exact_counts), so the
 * expected histogram never looks at the keys. The serial reference, which does, must agree as well.
 */
#include "kernels/kernel.h"
#include "kernels/toolbox.h"

#include <stdlib.h>

enum { N, BINS, INPUT };
enum { UNIFORM, SKEWED };
enum { KEY, COUNT };
enum { THREADS, CHUNK, SLOTS };
#define BINS_MOST 4096
#define COPIES_MOST 8
/* Skewed keys: half of all have one value, half of the rest another, and so on, this often; the rest are uniform. */
#define HOT_KEYS 8

static const char *const inputs[] = {"uniform", "skewed", NULL};

static const struct sb_param params[] = {
    {.name = "n",
     .unit = "1",
     .help = "number of keys",
     .least = 1,
     .most = 2147483647,
     .usual = 16000001,
     .whole = true},
    {.name = "bins",
     .unit = "1",
     .help = "number of different keys",
     .least = 1,
     .most = BINS_MOST,
     .usual = 256,
     .whole = true},
    {.name = "input",
     .unit = "1",
     .help = "how often each key occurs: all alike, or half of all one key",
     .most = 1,
     .usual = UNIFORM,
     .whole = true,
     .choices = inputs},
    {0},
};

static const struct sb_preset presets[] = {
    {.preset = "tiny", .label = "uniform", .settings = {{"n", 300007}, {"bins", 250}}},
    {.preset = "tiny",
     .label = "skewed",
     .settings = {{"n", 300007}, {"bins", 250}, {"input", SKEWED}}},
    {.preset = "tiny", .label = "many_bins", .settings = {{"n", 20011}, {"bins", BINS_MOST}}},
    {.preset = "tiny", .label = "few_keys", .settings = {{"n", 7}, {"bins", 3}, {"input", SKEWED}}},
    {.preset = "small", .label = "uniform", .settings = {{"n", 16000001}}},
    {.preset = "small", .label = "skewed", .settings = {{"n", 16000001}, {"input", SKEWED}}},
    {.preset = "medium", .label = "uniform", .settings = {{"n", 100000007}}},
    {.preset = "medium", .label = "skewed", .settings = {{"n", 100000007}, {"input", SKEWED}}},
    {.preset = "large", .label = "uniform", .fit = true},
    {.preset = "large", .label = "skewed", .fit = true, .settings = {{"input", SKEWED}}},
    {0},
};

static const struct sb_tuning tunings[] = {
    {"THREADS", "threads of a block", 256, {{0}}},
    {"CHUNK", "keys that a block counts", 16384, {{"cpu", 131072}, {"opencl", 32768}}},
    {"SLOTS",
     "private counters of a block, for up to 8 copies of the bins; at least 4096",
     BINS_MOST,
     {{"cpu", 4 * BINS_MOST}}},
    {0},
};

static const char *refuse(const struct sb_case *c)
{
    if (c->tuning[SLOTS] > 0 && c->tuning[SLOTS] < c->p[BINS]) {
        return "the private histogram of a block (SLOTS) has fewer counters than there are bins";
    }
    return NULL;
}

/* Shuffling takes the host 10 ns per key and more, so 250 million keys are enough: 1 GB, out of nearly any cache. */
static void fit(double *p, enum sb_precision precision, double memory_bytes)
{
    (void)precision;
    p[N] = floor(fmax(1, fmin(memory_bytes / sizeof(int32_t) - p[BINS], 250e6)));
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    out[KEY] = (struct sb_array){"key", SB_INT32, SB_IN, 1, {(int64_t)c->p[N]}};
    out[COUNT] = (struct sb_array){"count", SB_INT32, SB_OUT, 1, {(int64_t)c->p[BINS]}};
    return 2;
}

/* Count of every key, from the case alone. */
static void exact_counts(int32_t *out, const struct sb_case *c)
{
    const int32_t bins = (int32_t)c->p[BINS];
    int32_t rest = (int32_t)c->p[N];
    int32_t hot[BINS_MOST] = {0};
    for (int level = 0; c->p[INPUT] == SKEWED && level < HOT_KEYS; ++level) {
        hot[(11 + 37 * level) % bins] += rest - rest / 2;
        rest /= 2;
    }
    for (int32_t b = 0; b < bins; ++b) {
        out[b] = hot[b] + rest / bins + (b < rest % bins);
    }
}

static void fill(const struct sb_case *c, struct sb_host *host)
{
    int32_t *key = sb_int32s(host, KEY);
    const int64_t n = (int64_t)c->p[N];
    int32_t count[BINS_MOST];
    exact_counts(count, c);
    for (int64_t i = 0, b = 0; i < n; ++i) {
        while (count[b] == 0) {
            ++b;
        }
        key[i] = (int32_t)b;
        --count[b];
    }
    for (int64_t i = n - 1; i > 0; --i) { /* Fisher and Yates */
        const uint64_t bits = sb_random_bits(c->seed, KEY, (uint64_t)i) >> 32;
        const int64_t j = (int64_t)(bits * (uint64_t)(i + 1) >> 32);
        const int32_t swap = key[i];
        key[i] = key[j];
        key[j] = swap;
    }
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    const int64_t n = (int64_t)c->p[N];
    const int64_t bins = (int64_t)c->p[BINS];
    const int64_t chunk = c->tuning[CHUNK];
    int copies = 1;
    while (copies < COPIES_MOST && 2 * copies * bins <= c->tuning[SLOTS]) {
        copies *= 2;
    }
    sb_launch(out, "clear", SB_EACH_1D(bins), SB_ARGS(SB_A(COUNT), SB_I(bins)));
    sb_launch(out, "count_keys", SB_BLOCKS_1D((n + chunk - 1) / chunk, c->tuning[THREADS]),
              SB_ARGS(SB_A(KEY), SB_A(COUNT), SB_I32(bins), SB_I32(copies), SB_I(n)));
}

/* clear writes all counts; count_keys reads every key, and reads and writes the count of every key that occurs. */
static void work(struct sb_work *out, const struct sb_case *c)
{
    int32_t count[BINS_MOST];
    double occurring = 0;
    exact_counts(count, c);
    for (int32_t b = 0; b < (int32_t)c->p[BINS]; ++b) {
        occurring += count[b] > 0;
    }
    out->flop = 0;
    out->read_bytes = sizeof(int32_t) * (c->p[N] + occurring);
    out->write_bytes = sizeof(int32_t) * (c->p[BINS] + occurring);
    out->write_allocate_bytes = sizeof(int32_t) * c->p[BINS];
    out->items = c->p[N];
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    const int32_t *key = sb_int32s(host, KEY);
    int32_t *count = sb_int32s(host, COUNT);
    for (int64_t b = 0; b < (int64_t)c->p[BINS]; ++b) {
        count[b] = 0;
    }
    for (int64_t i = 0; i < (int64_t)c->p[N]; ++i) {
        ++count[key[i]];
    }
}

static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    const int32_t *got = sb_int32s(after, COUNT);
    const int64_t bins = (int64_t)c->p[BINS];
    int32_t expected[BINS_MOST] = {0};
    const int32_t *key = sb_int32s(before, KEY);
    for (int64_t i = 0; i < (int64_t)c->p[N]; ++i) {
        ++expected[key[i]];
    }
    sb_check_int32s(v, "count", got, expected, bins);
    exact_counts(expected, c);
    sb_check_int32s(v, "count against the counts the keys were made from", got, expected, bins);
    double total = 0;
    for (int64_t b = 0; b < bins; ++b) {
        total += got[b];
    }
    sb_check_truth(v, "sum of all counts", total, c->p[N], 0, "number of keys");
    return 0;
}

static double verify_bytes(const struct sb_case *c)
{
    return 2.0 * sizeof(int32_t) * c->p[BINS];
}

const struct sb_kernel sb_kernel_histogram = {
    .abi = SB_KERNEL_ABI,
    .name = "histogram",
    .title = "Histogram of integer keys with integer atomics",
    .source = "RAJAPerf HISTOGRAM (LLNL); privatised in shared memory as in Podlozhnyuk, Histogram "
              "calculation in CUDA, "
              "NVIDIA 2007",
    .item = "key",
    .params = params,
    .presets = presets,
    .tunings = tunings,
    .precisions = 1U << SB_DOUBLE,
    .refuse = refuse,
    .fit = fit,
    .arrays = arrays,
    .fill = fill,
    .launches = launches,
    .work = work,
    .reference = reference,
    .verify = verify,
    .verify_bytes = verify_bytes,
};
