/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXP, SIN and COS of the dialect against the C library's long double functions. In strict maths they are
 * kernels/dialect/strict_maths.h: within 1.2 ULP, hence 2.4 u of the value (2.5 with the reference's own rounding). In
 * fast maths the vendor's, of which OpenCL allows most: 4 ULP, hence 8 u (9 with the reference).
 */
#include "kernels/kernel.h"
#include "kernels/toolbox.h"

#include <float.h>

enum { N };
enum { X, ANGLE, EXPONENTIAL, SINE, COSINE, ARRAYS };

static const struct sb_param params[] = {
    {.name = "n",
     .unit = "1",
     .help = "length of each array",
     .least = 1,
     .most = 1e9,
     .usual = 1e6,
     .whole = true},
    {0},
};

static const struct sb_preset presets[] = {
    {.preset = "tiny", .label = "double", .settings = {{"n", 10007}}},
    {.preset = "tiny", .label = "float", .precision = SB_FLOAT, .settings = {{"n", 10007}}},
    {.preset = "small", .settings = {{"n", 1e6}}},
    {.preset = "medium", .settings = {{"n", 1e7}}},
    {.preset = "large", .settings = {{"n", 1e8}}},
    {0},
};

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    static const char *const names[ARRAYS] = {"x", "angle", "exponential", "sine", "cosine"};
    for (int i = 0; i < ARRAYS; ++i) {
        out[i] = (struct sb_array){.name = names[i],
                                   .type = SB_REAL,
                                   .role = i < EXPONENTIAL ? SB_IN : SB_OUT,
                                   .rank = 1,
                                   .shape = {(int64_t)c->p[N]}};
    }
    return ARRAYS;
}

static void fill(const struct sb_case *c, struct sb_host *host)
{
    for (int64_t i = 0; i < (int64_t)c->p[N]; ++i) {
        /* e^80 is a float; an angle of every magnitude from 10⁻⁶ to 10⁴ */
        sb_reals(host, X)[i] = sb_random(c->seed, X, (uint64_t)i, -80, 80);
        const double magnitude = pow(10, sb_random(c->seed, COSINE, (uint64_t)i, -6, 4));
        sb_reals(host, ANGLE)[i] = magnitude * sb_random(c->seed, ANGLE, (uint64_t)i, -1, 1);
    }
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    const int64_t n = (int64_t)c->p[N];
    sb_launch(out, "elementary", SB_EACH_1D(n),
              SB_ARGS(SB_A(X), SB_A(ANGLE), SB_A(EXPONENTIAL), SB_A(SINE), SB_A(COSINE), SB_I(n)));
}

static void work(struct sb_work *out, const struct sb_case *c)
{
    const double bytes = c->p[N] * (double)sb_type_bytes(SB_REAL, c->precision);
    out->read_bytes = 2 * bytes;
    out->write_bytes = 3 * bytes;
    out->write_allocate_bytes = 3 * bytes;
    out->items = 3 * c->p[N];
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    for (int64_t i = 0; i < (int64_t)c->p[N]; ++i) {
        sb_reals(host, EXPONENTIAL)[i] = (double)expl((long double)sb_reals(host, X)[i]);
        sb_reals(host, SINE)[i] = (double)sinl((long double)sb_reals(host, ANGLE)[i]);
        sb_reals(host, COSINE)[i] = (double)cosl((long double)sb_reals(host, ANGLE)[i]);
    }
}

static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    static const char *const names[] = {"exp", "sin", "cos"};
    struct sb_host *expected = sb_host_clone(before);
    struct sb_host *bound = sb_host_clone(before);
    const int64_t n = (int64_t)c->p[N];
    const double allowed = (c->maths == SB_STRICT ? 2.5 : 9) * sb_unit_roundoff(c);
    if (expected && bound) {
        reference(c, expected);
        for (int i = EXPONENTIAL; i < ARRAYS; ++i) {
            for (int64_t k = 0; k < n; ++k) {
                sb_reals(bound, i)[k] = allowed * fabs(sb_reals(expected, i)[k]) + DBL_MIN;
            }
            sb_check_reals(v, names[i - EXPONENTIAL], sb_reals(after, i), sb_reals(expected, i),
                           sb_reals(bound, i), 0, n);
        }
    }
    const int status = expected && bound ? 0 : -1;
    sb_host_free(expected);
    sb_host_free(bound);
    return status;
}

const struct sb_kernel sb_kernel_elementary = {
    .abi = SB_KERNEL_ABI,
    .name = "elementary",
    .title = "exp, sin, cos",
    .source = "tests of the dialect",
    .item = "value",
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
