/* SPDX-License-Identifier: Apache-2.0 */
/* stencil: the heat equation in 3D, explicit, 7 points. The formulas and bounds are explained in README.md. */
#include "kernels/kernel.h"
#include "kernels/toolbox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P_NX, P_NY, P_NZ, P_STEPS, P_RATIO, P_INPUT };
enum { INPUT_RANDOM, INPUT_MODE };
enum { A, B };

static const char *const inputs[] = {"random", "mode", NULL};

#define SIDE(n)                                                                                    \
    {.name = (n),                                                                                  \
     .unit = "points",                                                                             \
     .help = "inner points along " n,                                                              \
     .least = 1,                                                                                   \
     .most = 8192,                                                                                 \
     .usual = 256,                                                                                 \
     .whole = true}
static const struct sb_param params[] = {
    SIDE("nx"),
    SIDE("ny"),
    SIDE("nz"),
    {.name = "steps",
     .unit = "1",
     .help = "time steps per repetition",
     .least = 1,
     .most = 1000,
     .usual = 4,
     .whole = true},
    {.name = "ratio",
     .unit = "1",
     .help = "diffusivity x time step / spacing^2; stable up to 1/6",
     .least = 0.001,
     .most = 1.0 / 6,
     .usual = 0.1},
    {.name = "input",
     .unit = "1",
     .help = "random values, or one Fourier mode above a constant",
     .most = INPUT_MODE,
     .usual = INPUT_RANDOM,
     .whole = true,
     .choices = inputs},
    {.name = NULL},
};

#define SIZE(x, y, z)                                                                              \
    {"nx", (x)}, {"ny", (y)},                                                                      \
    {                                                                                              \
        "nz", (z)                                                                                  \
    }
static const struct sb_preset presets[] = {
    {.preset = "tiny", .label = "random", .settings = {SIZE(17, 9, 5), {"steps", 3}}},
    {.preset = "tiny", .label = "mode", .settings = {SIZE(35, 13, 11), {"input", INPUT_MODE}}},
    {.preset = "tiny", .label = "one_point", .settings = {SIZE(1, 1, 1), {"steps", 2}}},
    {.preset = "tiny",
     .label = "mode_float",
     .precision = SB_FLOAT,
     .settings = {SIZE(20, 21, 22), {"input", INPUT_MODE}, {"ratio", 1.0 / 6}}},
    {.preset = "small", .settings = {SIZE(256, 256, 256)}},
    {.preset = "medium", .settings = {SIZE(400, 400, 400)}},
    {.preset = "large", .fit = true},
    {.preset = NULL},
};

static int64_t nx_of(const struct sb_case *c)
{
    return (int64_t)c->p[P_NX];
}

static int64_t ny_of(const struct sb_case *c)
{
    return (int64_t)c->p[P_NY];
}

static int64_t nz_of(const struct sb_case *c)
{
    return (int64_t)c->p[P_NZ];
}

static int steps_of(const struct sb_case *c)
{
    return (int)c->p[P_STEPS];
}

static int64_t at(const struct sb_case *c, int64_t x, int64_t y, int64_t z)
{
    return (z * (ny_of(c) + 2) + y) * (nx_of(c) + 2) + x;
}

/* With the frame: (nx + 2)(ny + 2)(nz + 2). */
static int64_t points(const struct sb_case *c)
{
    return (nx_of(c) + 2) * (ny_of(c) + 2) * (nz_of(c) + 2);
}

static double inner_points(const struct sb_case *c)
{
    return c->p[P_NX] * c->p[P_NY] * c->p[P_NZ];
}

static void fit(double *p, enum sb_precision precision, double memory_bytes)
{
    const double points_each = memory_bytes / (2.0 * (double)sb_type_bytes(SB_REAL, precision));
    double side = floor(cbrt(points_each)) - 2;
    side = side > 640 ? 640 : side < 1 ? 1 : side;
    p[P_NX] = p[P_NY] = p[P_NZ] = side;
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    for (int i = A; i <= B; ++i) {
        out[i] = (struct sb_array){.name = i == A ? "a" : "b",
                                   .role = SB_INOUT,
                                   .rank = 3,
                                   .shape = {nz_of(c) + 2, ny_of(c) + 2, nx_of(c) + 2}};
    }
    return 2;
}

/* sin(π·wave·x / (n + 1)), the angle reduced in integers to [0, π/2]: error below 5 u. */
static double sine(int64_t wave, int64_t x, int64_t n)
{
    const int64_t half = n + 1;
    int64_t k = wave * x % (2 * half);
    const double sign = k >= half ? -1 : 1;
    k %= half;
    k = 2 * k > half ? half - k : k;
    return sign * sin(3.14159265358979323846 * (double)k / (double)half);
}

/* Wave numbers of the mode: 1, 2, 3 along x, y, z where so many fit. */
static int64_t wave(int direction, int64_t n)
{
    return direction + 1 < n ? direction + 1 : n;
}

static double mode(const struct sb_case *c, int64_t x, int64_t y, int64_t z)
{
    return sine(wave(0, nx_of(c)), x, nx_of(c)) * sine(wave(1, ny_of(c)), y, ny_of(c)) *
           sine(wave(2, nz_of(c)), z, nz_of(c));
}

static bool inside(const struct sb_case *c, int64_t x, int64_t y, int64_t z)
{
    return x > 0 && x <= nx_of(c) && y > 0 && y <= ny_of(c) && z > 0 && z <= nz_of(c);
}

/* B's frame is A's; its inside is only ever written first, so it begins as NaN. */
static void fill(const struct sb_case *c, struct sb_host *host)
{
    double *a = sb_reals(host, A);
    double *b = sb_reals(host, B);
    const bool random = (int)c->p[P_INPUT] == INPUT_RANDOM;
    for (int64_t z = 0; z < nz_of(c) + 2; ++z) {
        for (int64_t y = 0; y < ny_of(c) + 2; ++y) {
            for (int64_t x = 0; x < nx_of(c) + 2; ++x) {
                const int64_t k = at(c, x, y, z);
                const bool inner = inside(c, x, y, z);
                a[k] = random ? sb_random(c->seed, 0, (uint64_t)k, -1, 1) : 1;
                a[k] += inner && !random ? mode(c, x, y, z) : 0;
                b[k] = inner ? (double)NAN : a[k];
            }
        }
    }
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    const double give = c->p[P_RATIO];
    const bool native = strcmp(c->variant, "native") ==
                        0; /* stencil.native.gpu.cu: 32 × 8 columns walk 16 planes */
    const struct sb_shape walk =
        SB_BLOCKS_3D((nx_of(c) + 31) / 32, (ny_of(c) + 7) / 8, (nz_of(c) + 15) / 16, 32, 8, 1);
    const struct sb_shape each = SB_EACH_3D(nx_of(c), ny_of(c), nz_of(c));
    for (int step = 0; step < steps_of(c); ++step) {
        const int from = step % 2 == 0 ? A : B;
        sb_launch(out, native ? "stencil_walk" : "stencil_step", native ? walk : each,
                  SB_ARGS(SB_A(from), SB_A(A + B - from), SB_R(1 - 6 * give), SB_R(give),
                          SB_I(nx_of(c)), SB_I(ny_of(c)), SB_I(nz_of(c))));
    }
}

/* Per point 5 additions of neighbours, 2 products, 1 sum. Read: the inner points and the frame's faces. */
static void work(struct sb_work *out, const struct sb_case *c)
{
    const double nx = c->p[P_NX], ny = c->p[P_NY], nz = c->p[P_NZ];
    const double size = (double)sb_type_bytes(SB_REAL, c->precision);
    const double steps = c->p[P_STEPS];
    out->flop = 8 * inner_points(c) * steps;
    out->read_bytes = (inner_points(c) + 2 * (nx * ny + ny * nz + nz * nx)) * size * steps;
    out->write_bytes = inner_points(c) * size * steps;
    out->write_allocate_bytes = out->write_bytes;
    out->items = inner_points(c) * steps;
}

/* As textbooks have it: u + ratio·(sum of the six neighbours − 6u). */
static void reference(const struct sb_case *c, struct sb_host *host)
{
    const double ratio = c->p[P_RATIO];
    const int64_t pitch = nx_of(c) + 2;
    const int64_t plane = pitch * (ny_of(c) + 2);
    for (int step = 0; step < steps_of(c); ++step) {
        const double *from = sb_reals(host, step % 2 == 0 ? A : B);
        double *to = sb_reals(host, step % 2 == 0 ? B : A);
        for (int64_t z = 1; z <= nz_of(c); ++z) {
            for (int64_t y = 1; y <= ny_of(c); ++y) {
                for (int64_t x = 1; x <= nx_of(c); ++x) {
                    const double *u = from + at(c, x, y, z);
                    const double around =
                        u[-1] + u[1] + u[-pitch] + u[pitch] + u[-plane] + u[plane];
                    to[at(c, x, y, z)] = u[0] + ratio * (around - 6 * u[0]);
                }
            }
        }
    }
}

struct range {
    double least, most;
};

/* Of all values; NaN in either where there is one. */
static struct range range_of(const double *x, int64_t count)
{
    struct range r = {x[0], x[0]};
    for (int64_t i = 1; i < count; ++i) {
        r.least = x[i] >= r.least ? r.least : x[i];
        r.most = x[i] <= r.most ? r.most : x[i];
    }
    return r;
}

/*
 * The exact step never leaves the range of the values before: its weights are positive and add to 1. So errors are
 * not amplified, and each step adds at most γ_9·M, M the largest magnitude: 2 roundings of the weights, 6 additions
 * and 1 product on the longest path, in any order and with any contraction. Hence S·γ_9·M ≤ γ_9S·M after S steps;
 * γ_10S leaves room for M's own growth by rounding. The reference's form has coefficients that add to 1 + 12·ratio
 * ≤ 3 in magnitude, hence 3·γ_10S·M for it.
 */
static double kernel_bound(const struct sb_case *c, double largest)
{
    return sb_gamma(c, 10 * c->p[P_STEPS]) * largest;
}

static void check_range(struct sb_verdict *v, const struct sb_case *c, struct range before,
                        struct range after, double largest)
{
    static const char *const source =
        "maximum principle: Morton, Mayers, Numerical Solution of PDEs, §2.6";
    const double above = after.most - before.most;
    const double below = before.least - after.least;
    sb_check_truth(v, "rise above the highest value before", above < 0 ? 0 : above, 0,
                   kernel_bound(c, largest), source);
    sb_check_truth(v, "fall below the lowest value before", below < 0 ? 0 : below, 0,
                   kernel_bound(c, largest), source);
}

/* Σ (u − 1)·mode over the inner points, in double-double. */
static double project(const struct sb_case *c, const double *u)
{
    struct sb_dd sum = {0, 0};
    for (int64_t z = 1; z <= nz_of(c); ++z) {
        for (int64_t y = 1; y <= ny_of(c); ++y) {
            for (int64_t x = 1; x <= nx_of(c); ++x) {
                const double m = mode(c, x, y, z);
                sb_dd_add_product(&sum, u[at(c, x, y, z)], m);
                sb_dd_add(&sum, -m);
            }
        }
    }
    return sb_dd_value(&sum);
}

/*
 * The mode is an exact eigenvector of the discrete step above a constant frame, with eigenvalue
 * λ = 1 − 4·ratio·Σ sin²(π·wave/(2(n + 1))). The step is symmetric, so the projection of any state on the mode shrinks
 * by λ per step. Error over N points: the kernel's, the mode's 16 u before and after, λ's 20 u per step.
 */
static void check_decay(struct sb_verdict *v, const struct sb_case *c, const double *before,
                        const double *after, double largest)
{
    const int64_t n[] = {nx_of(c), ny_of(c), nz_of(c)};
    double sum = 0;
    for (int d = 0; d < 3; ++d) {
        const double s =
            sin(3.14159265358979323846 * (double)wave(d, n[d]) / (2 * ((double)n[d] + 1)));
        sum += s * s;
    }
    const double decay = pow(1 - 4 * c->p[P_RATIO] * sum, c->p[P_STEPS]);
    const double bound = sb_gamma(c, 30 * c->p[P_STEPS] + 32) * largest * inner_points(c);
    sb_check_truth(v, "projection on the Fourier mode", project(c, after),
                   decay * project(c, before), bound,
                   "discrete decay rate: Morton, Mayers, Numerical Solution of PDEs, §2.7");
}

static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    struct sb_host *want = sb_host_clone(before);
    if (!want) {
        return -1;
    }
    reference(c, want);
    const struct range old = range_of(sb_reals(before, A), points(c));
    const double largest = fmax(fabs(old.least), fabs(old.most));
    for (int i = A; i <= B; ++i) {
        sb_check_reals(v, i == A ? "a" : "b", sb_reals(after, i), sb_reals(want, i), NULL,
                       4 * kernel_bound(c, largest), points(c));
    }
    sb_host_free(want);
    const double *result = sb_reals(after, steps_of(c) % 2 == 0 ? A : B);
    check_range(v, c, old, range_of(result, points(c)), largest);
    if ((int)c->p[P_INPUT] == INPUT_MODE) {
        check_decay(v, c, sb_reals(before, A), result, largest);
    }
    return 0;
}

static double verify_bytes(const struct sb_case *c)
{
    return 2.0 * sizeof(double) * (double)points(c);
}

const struct sb_kernel sb_kernel_stencil = {
    .abi = SB_KERNEL_ABI,
    .name = "stencil",
    .title = "heat equation in 3D, 7-point stencil, explicit steps",
    .source = "Morton, Mayers, Numerical Solution of Partial Differential Equations, 2nd ed., 2005",
    .item = "cell update",
    .params = params,
    .presets = presets,
    .precisions = 1U << SB_DOUBLE | 1U << SB_FLOAT,
    .fit = fit,
    .arrays = arrays,
    .fill = fill,
    .launches = launches,
    .work = work,
    .reference = reference,
    .verify = verify,
    .verify_bytes = verify_bytes,
};
