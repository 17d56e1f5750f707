/* SPDX-License-Identifier: Apache-2.0 */
/* relay: three launches that hand arrays on, for the tests of the porting oracle; they spoil copies of it. */
#include "kernels/kernel.h"
#include "kernels/toolbox.h"

#define BLOCK 64
enum { P_BLOCKS };
enum { X, Y, T, Z, W, ARRAYS };
static const double factor = 0.75;

static const struct sb_param params[] = {
    {.name = "blocks",
     .unit = "blocks",
     .help = "blocks of 64 elements",
     .least = 1,
     .most = 1048576,
     .usual = 1024,
     .whole = true},
    {.name = NULL},
};
static const struct sb_preset presets[] = {
    {.preset = "tiny", .settings = {{"blocks", 5}}},
    {.preset = "small", .settings = {{"blocks", 1000}}},
    {.preset = "medium", .settings = {{"blocks", 10000}}},
    {.preset = "large", .settings = {{"blocks", 100000}}},
    {.preset = NULL},
};

static int64_t length(const struct sb_case *c)
{
    return BLOCK * (int64_t)c->p[P_BLOCKS];
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    static const char *const names[ARRAYS] = {"x", "y", "t", "z", "w"};
    static const enum sb_role roles[ARRAYS] = {SB_IN, SB_IN, SB_SCRATCH, SB_OUT, SB_OUT};
    for (int i = 0; i < ARRAYS; ++i) {
        out[i] = (struct sb_array){.name = names[i],
                                   .type = SB_REAL,
                                   .role = roles[i],
                                   .rank = 2,
                                   .shape = {(int64_t)c->p[P_BLOCKS], BLOCK}};
    }
    return ARRAYS;
}

static void fill(const struct sb_case *c, struct sb_host *host)
{
    for (int64_t i = 0; i < length(c); ++i) {
        sb_reals(host, X)[i] = sb_random(c->seed, X, (uint64_t)i, -1, 1);
        sb_reals(host, Y)[i] = sb_random(c->seed, Y, (uint64_t)i, -1, 1);
    }
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    const int64_t n = length(c);
    sb_launch(out, "scale", SB_EACH_1D(n), SB_ARGS(SB_A(X), SB_A(T), SB_R(factor), SB_I(n)));
    sb_launch(out, "mirror", SB_BLOCKS_1D(n / BLOCK, BLOCK), SB_ARGS(SB_A(T), SB_A(Z), SB_I(n)));
    sb_launch(out, "add", SB_EACH_1D(n), SB_ARGS(SB_A(Z), SB_A(Y), SB_A(W), SB_I(n)));
}

static void work(struct sb_work *out, const struct sb_case *c)
{
    const double bytes = (double)length(c) * (double)sb_type_bytes(SB_REAL, c->precision);
    out->flop = 3 * (double)length(c);
    out->read_bytes = 4 * bytes;
    out->write_bytes = 3 * bytes;
    out->items = (double)length(c);
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    double *t = sb_reals(host, T);
    double *z = sb_reals(host, Z);
    for (int64_t i = 0; i < length(c); ++i) {
        t[i] = factor * sb_reals(host, X)[i];
    }
    for (int64_t i = 0; i < length(c); ++i) {
        z[i] = t[i] + t[i / BLOCK * BLOCK + BLOCK - 1 - i % BLOCK];
        sb_reals(host, W)[i] = z[i] + sb_reals(host, Y)[i];
    }
}

/* Three roundings of values below 3 lie between a result and its reference. */
static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    struct sb_host *expected = sb_host_clone(before);
    if (!expected) {
        return -1;
    }
    reference(c, expected);
    sb_check_reals(v, "z", sb_reals(after, Z), sb_reals(expected, Z), NULL, 3 * sb_gamma(c, 3),
                   length(c));
    sb_check_reals(v, "w", sb_reals(after, W), sb_reals(expected, W), NULL, 3 * sb_gamma(c, 3),
                   length(c));
    sb_host_free(expected);
    return 0;
}

const struct sb_kernel sb_kernel_relay = {
    .abi = SB_KERNEL_ABI,
    .name = "relay",
    .title = "w = s x + mirrored s x + y, in three launches",
    .source = "made for tests",
    .item = "element",
    .params = params,
    .presets = presets,
    .precisions = 1U << SB_DOUBLE | 1U << SB_FLOAT,
    .arrays = arrays,
    .fill = fill,
    .launches = launches,
    .work = work,
    .reference = reference,
    .verify = verify,
};
