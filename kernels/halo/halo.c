/* SPDX-License-Identifier: Apache-2.0 */
/* halo: the heat equation in a closed box, spread over ranks. The formulas and bounds are explained in README.md. */
#include "kernels/kernel.h"
#include "kernels/ranks.h"
#include "kernels/toolbox.h"

#include <math.h>
#include <stdlib.h>

enum { P_NX, P_NY, P_NZ, P_STEPS, P_RATIO, P_INPUT };
enum { INPUT_RANDOM, INPUT_MODE };
enum { A, B, OUT, IN };

static const char *const inputs[] = {"random", "mode", NULL};

#define SIDE(n)                                                                                    \
    {.name = (n),                                                                                  \
     .unit = "cells",                                                                              \
     .help = "cells along " n " of the whole box, all ranks together",                             \
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
     .help = "time steps per repetition, each after an exchange",
     .least = 1,
     .most = 64,
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
    {.preset = "tiny",
     .label = "mode",
     .settings = {SIZE(16, 12, 11), {"steps", 4}, {"input", INPUT_MODE}}},
    {.preset = "tiny", .label = "thin", .settings = {SIZE(8, 1, 3), {"steps", 1}}},
    {.preset = "tiny",
     .label = "mode_float",
     .precision = SB_FLOAT,
     .settings = {SIZE(20, 21, 22), {"steps", 2}, {"input", INPUT_MODE}, {"ratio", 1.0 / 6}}},
    {.preset = "small", .settings = {SIZE(128, 128, 128)}},
    {.preset = "medium", .settings = {SIZE(320, 320, 320)}},
    {.preset = "large", .fit = true},
    {.preset = NULL},
};

/* This rank's part: its cells, the first of them in the whole, and who its neighbours are. */
struct part {
    int64_t whole[3], n[3], first[3];
    int grid[3], place[3];
    int64_t steps;
};

static struct part part_of(const struct sb_case *c)
{
    struct part p = {.whole = {(int64_t)c->p[P_NX], (int64_t)c->p[P_NY], (int64_t)c->p[P_NZ]},
                     .grid = {1, 1, 1},
                     .steps = (int64_t)c->p[P_STEPS]};
    sb_grid_make(p.grid, sb_case_ranks(c), p.whole);
    sb_grid_place(p.place, p.grid, c->rank);
    for (int d = 0; d < 3; ++d) {
        p.n[d] = sb_part_count(p.whole[d], p.grid[d], p.place[d]);
        p.first[d] = sb_part_first(p.whole[d], p.grid[d], p.place[d]);
    }
    return p;
}

static const char *refuse(const struct sb_case *c)
{
    const struct part p = part_of(c);
    int grid[3];
    return sb_grid_make(grid, sb_case_ranks(c), p.whole) == 0
               ? NULL
               : "so many ranks cannot all have cells of this box";
}

/* Cells of the face across direction @p d, and of the part. */
static int64_t area(const struct part *p, int d)
{
    return p->n[(d + 1) % 3] * p->n[(d + 2) % 3];
}

static int64_t cells(const struct part *p)
{
    return p->n[0] * p->n[1] * p->n[2];
}

static int64_t faces(const struct part *p)
{
    return 2 * (area(p, 0) + area(p, 1) + area(p, 2));
}

/* Where the faces across @p d begin in a message array: the low one, and behind it the high one. */
static int64_t face_at(const struct part *p, int d)
{
    return d == 0 ? 0 : face_at(p, d - 1) + 2 * area(p, d - 1);
}

/* Place of a cell in A and B; 1 … n are inside. */
static int64_t at(const struct part *p, int64_t x, int64_t y, int64_t z)
{
    return (z * (p->n[1] + 2) + y) * (p->n[0] + 2) + x;
}

static int64_t points(const struct part *p)
{
    return (p->n[0] + 2) * (p->n[1] + 2) * (p->n[2] + 2);
}

static void fit(double *p, enum sb_precision precision, double memory_bytes)
{
    const double points_each = memory_bytes / (2.0 * (double)sb_type_bytes(SB_REAL, precision));
    double side = floor(cbrt(points_each)) - 8;
    side = side > 512 ? 512 : side < 1 ? 1 : side;
    p[P_NX] = p[P_NY] = p[P_NZ] = side;
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    const struct part p = part_of(c);
    for (int i = A; i <= B; ++i) {
        out[i] = (struct sb_array){.name = i == A ? "a" : "b",
                                   .role = SB_INOUT,
                                   .rank = 3,
                                   .shape = {p.n[2] + 2, p.n[1] + 2, p.n[0] + 2}};
    }
    out[OUT] = (struct sb_array){.name = "out", .role = SB_OUT, .rank = 1, .shape = {faces(&p)}};
    out[IN] = (struct sb_array){.name = "in", .role = SB_INOUT, .rank = 1, .shape = {faces(&p)}};
    return 4;
}

/* cos(2π·wave·x / n) */
static double cosine(int64_t wave, int64_t x, int64_t n)
{
    return cos(2 * 3.14159265358979323846 * ((double)(wave * x % n) / (double)n));
}

/* The mode has wave numbers 1, 2, 3 along x, y, z. */
static double mode(const struct part *p, const int64_t x[3])
{
    return cosine(1, x[0], p->whole[0]) * cosine(2, x[1], p->whole[1]) *
           cosine(3, x[2], p->whole[2]);
}

/* Where a cell of the part, or one beyond its edge, is in the whole box, whose ends meet. */
static void whole_of(int64_t out[3], const struct part *p, int64_t x, int64_t y, int64_t z)
{
    const int64_t here[3] = {x, y, z};
    for (int d = 0; d < 3; ++d) {
        const int64_t n = p->whole[d];
        out[d] = ((p->first[d] + here[d] - 1) % n + n) % n;
    }
}

/* The initial value there, in the case's precision. */
static double initial(const struct sb_case *c, const struct part *p, int64_t x, int64_t y,
                      int64_t z)
{
    int64_t w[3];
    whole_of(w, p, x, y, z);
    const uint64_t number = (uint64_t)((w[2] * p->whole[1] + w[1]) * p->whole[0] + w[0]);
    const double value =
        (int)c->p[P_INPUT] == INPUT_RANDOM ? sb_random(c->seed, 0, number, -1, 1) : 1 + mode(p, w);
    return c->precision == SB_FLOAT ? (double)(float)value : value;
}

/* Frames and messages hold what no step may use: values of their own. B's inside is only ever written first: NaN. */
static void fill(const struct sb_case *c, struct sb_host *host)
{
    const struct part p = part_of(c);
    for (int64_t k = 0; k < faces(&p); ++k) {
        sb_reals(host, IN)[k] = sb_random(c->seed, 3, (uint64_t)k, 100, 200);
    }
    for (int i = A; i <= B; ++i) {
        double *u = sb_reals(host, i);
        for (int64_t k = 0; k < points(&p); ++k) {
            u[k] = sb_random(c->seed, 1 + (uint64_t)i, (uint64_t)k, 100, 200);
        }
        for (int64_t z = 1; z <= p.n[2]; ++z) {
            for (int64_t y = 1; y <= p.n[1]; ++y) {
                for (int64_t x = 1; x <= p.n[0]; ++x) {
                    u[at(&p, x, y, z)] = i == A ? initial(c, &p, x, y, z) : (double)NAN;
                }
            }
        }
    }
}

/* A cell for each direction: the first of a face, or of the frame's side, and how one goes along it. */
struct walk {
    int64_t low, high;             /* outermost cells */
    int64_t low_frame, high_frame; /* the frame beside them */
    int64_t along, across, n, m;
};

static struct walk walk_of(const struct part *p, int d)
{
    const int64_t stride[3] = {1, p->n[0] + 2, (p->n[0] + 2) * (p->n[1] + 2)};
    const int first = d == 0 ? 1 : 0;
    const int second = d == 2 ? 1 : 2;
    const int64_t corner = at(p, 1, 1, 1);
    return (struct walk){.low = corner,
                         .high = corner + (p->n[d] - 1) * stride[d],
                         .low_frame = corner - stride[d],
                         .high_frame = corner + p->n[d] * stride[d],
                         .along = stride[first],
                         .across = stride[second],
                         .n = p->n[first],
                         .m = p->n[second]};
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    const struct part p = part_of(c);
    const double give = c->p[P_RATIO];
    for (int step = 0; step < p.steps; ++step) {
        const int from = step % 2 == 0 ? A : B;
        for (int d = 0; d < 3; ++d) {
            const struct walk w = walk_of(&p, d);
            sb_launch(out, "halo_pack", SB_EACH_2D(w.n, w.m),
                      SB_ARGS(SB_A(from), SB_A(OUT), SB_I(w.low), SB_I(w.high), SB_I(w.along),
                              SB_I(w.across), SB_I(face_at(&p, d)), SB_I(w.n), SB_I(w.m)));
        }
        sb_exchange(out, step, SB_LIST(OUT), SB_LIST(IN));
        for (int d = 0; d < 3; ++d) {
            const struct walk w = walk_of(&p, d);
            sb_launch(out, "halo_unpack", SB_EACH_2D(w.n, w.m),
                      SB_ARGS(SB_A(from), SB_A(IN), SB_I(w.low_frame), SB_I(w.high_frame),
                              SB_I(w.along), SB_I(w.across), SB_I(face_at(&p, d)), SB_I(w.n),
                              SB_I(w.m)));
        }
        sb_launch(out, "halo_step", SB_EACH_3D(p.n[0], p.n[1], p.n[2]),
                  SB_ARGS(SB_A(from), SB_A(A + B - from), SB_R(1 - 6 * give), SB_R(give),
                          SB_I(p.n[0]), SB_I(p.n[1]), SB_I(p.n[2])));
    }
}

/* What leaves through a low face (tag 2d) arrives at the high side of the neighbour's frame, and the other way. */
static int exchange(const struct sb_case *c, int step, struct sb_ranks *ranks,
                    void *const data[SB_MAX_ARRAYS])
{
    const struct part p = part_of(c);
    const size_t size = sb_type_bytes(SB_REAL, c->precision);
    struct sb_parcel out[6];
    struct sb_parcel in[6];
    (void)step;
    for (int d = 0; d < 3; ++d) {
        for (int side = 0; side < 2; ++side) {
            int beside[3] = {p.place[0], p.place[1], p.place[2]};
            beside[d] += side == 0 ? -1 : 1;
            const int peer = sb_grid_rank(p.grid, beside);
            const size_t begin = (size_t)(face_at(&p, d) + side * area(&p, d)) * size;
            const size_t bytes = (size_t)area(&p, d) * size;
            out[2 * d + side] =
                (struct sb_parcel){peer, 2 * d + side, (char *)data[OUT] + begin, bytes};
            in[2 * d + side] =
                (struct sb_parcel){peer, 2 * d + 1 - side, (char *)data[IN] + begin, bytes};
        }
    }
    return ranks->swap(ranks, out, 6, in, 6);
}

/* Packed: each face read (the two are one where the part is one cell thick) and written; unpacked: read and written. */
static void work(struct sb_work *out, const struct sb_case *c)
{
    const struct part p = part_of(c);
    const double size = (double)sb_type_bytes(SB_REAL, c->precision);
    double packed = 0;
    for (int d = 0; d < 3; ++d) {
        packed += (p.n[d] > 1 ? 2.0 : 1.0) * (double)area(&p, d);
    }
    const double inner = (double)cells(&p);
    const double outer = (double)faces(&p);
    const double steps = (double)p.steps;
    out->flop = 8 * inner * steps;
    out->read_bytes = (packed + outer + inner + outer) * size * steps;
    out->write_bytes = (outer + outer + inner) * size * steps;
    out->write_allocate_bytes = out->write_bytes;
    out->items = inner * steps;
}

/*
 * The same problem on one rank, as far as it reaches this part: `steps` cells around it. u[…] is of that region, whose
 * valid part shrinks by a cell a step.
 */
struct region {
    const struct sb_case *c;
    struct part p;
    int64_t side[3];
    double *u, *next;
};

static int64_t region_at(const struct region *r, int64_t x, int64_t y, int64_t z)
{
    const int64_t s = r->p.steps - 1;
    return ((z + s) * r->side[1] + y + s) * r->side[0] + x + s;
}

static int region_open(struct region *r, const struct sb_case *c)
{
    *r = (struct region){.c = c, .p = part_of(c)};
    const int64_t s = r->p.steps;
    size_t count = 1;
    for (int d = 0; d < 3; ++d) {
        r->side[d] = r->p.n[d] + 2 * s;
        count *= (size_t)r->side[d];
    }
    r->u = malloc(count * sizeof *r->u);
    r->next = malloc(count * sizeof *r->next);
    if (!r->u || !r->next) {
        return -1;
    }
    for (int64_t z = 1 - s; z <= r->p.n[2] + s; ++z) {
        for (int64_t y = 1 - s; y <= r->p.n[1] + s; ++y) {
            for (int64_t x = 1 - s; x <= r->p.n[0] + s; ++x) {
                r->u[region_at(r, x, y, z)] = initial(c, &r->p, x, y, z);
            }
        }
    }
    return 0;
}

static void region_close(struct region *r)
{
    free(r->u);
    free(r->next);
}

static double rounded(const struct sb_case *c, double x)
{
    return c->precision == SB_FLOAT ? (double)(float)x : x;
}

/* In the order of the kernel's source, every operation rounded to the case's precision: a sum or product of two floats
 * in double, then rounded, is the float operation (Figueroa, SIGNUM Newsletter 30, 1995). */
static double same_order(const struct sb_case *c, const double *u, int64_t pitch, int64_t plane)
{
    const double give = rounded(c, c->p[P_RATIO]);
    const double keep = rounded(c, 1 - 6 * c->p[P_RATIO]);
    const double x = rounded(c, u[-1] + u[1]);
    const double y = rounded(c, u[-pitch] + u[pitch]);
    const double z = rounded(c, u[-plane] + u[plane]);
    const double xy = rounded(c, x + y);
    const double around = rounded(c, xy + z);
    const double kept = rounded(c, keep * u[0]);
    const double given = rounded(c, give * around);
    return rounded(c, kept + given);
}

/* As textbooks have it: u + ratio·(sum of the six neighbours − 6u). */
static double textbook(const struct sb_case *c, const double *u, int64_t pitch, int64_t plane)
{
    const double around = u[-1] + u[1] + u[-pitch] + u[pitch] + u[-plane] + u[plane];
    return u[0] + c->p[P_RATIO] * (around - 6 * u[0]);
}

typedef double update_fn(const struct sb_case *c, const double *u, int64_t pitch, int64_t plane);

static void region_step(struct region *r, int64_t step, update_fn *update)
{
    const int64_t margin = r->p.steps - step - 1;
    const int64_t plane = r->side[0] * r->side[1];
    for (int64_t z = 1 - margin; z <= r->p.n[2] + margin; ++z) {
        for (int64_t y = 1 - margin; y <= r->p.n[1] + margin; ++y) {
            for (int64_t x = 1 - margin; x <= r->p.n[0] + margin; ++x) {
                const int64_t k = region_at(r, x, y, z);
                r->next[k] = update(r->c, r->u + k, r->side[0], plane);
            }
        }
    }
    double *swap = r->u;
    r->u = r->next;
    r->next = swap;
}

/* The faces across @p d as they are sent, and as they are received into the frame of @p a. */
static void put_faces(const struct region *r, int d, double *a, double *out, double *in)
{
    const struct part *p = &r->p;
    int64_t k = face_at(p, d);
    for (int side = 0; side < 2; ++side) {
        const int first = d == 0 ? 1 : 0;
        const int second = d == 2 ? 1 : 2;
        int64_t x[3];
        for (x[second] = 1; x[second] <= p->n[second]; ++x[second]) {
            for (x[first] = 1; x[first] <= p->n[first]; ++x[first], ++k) {
                x[d] = side == 0 ? 1 : p->n[d];
                out[k] = r->u[region_at(r, x[0], x[1], x[2])];
                x[d] = side == 0 ? 0 : p->n[d] + 1;
                in[k] = r->u[region_at(r, x[0], x[1], x[2])];
                a[at(p, x[0], x[1], x[2])] = in[k];
            }
        }
    }
}

static void put_inside(const struct region *r, double *a)
{
    for (int64_t z = 1; z <= r->p.n[2]; ++z) {
        for (int64_t y = 1; y <= r->p.n[1]; ++y) {
            for (int64_t x = 1; x <= r->p.n[0]; ++x) {
                a[at(&r->p, x, y, z)] = r->u[region_at(r, x, y, z)];
            }
        }
    }
}

/* All arrays of @p host after a repetition of one rank; −1 when out of memory. */
static int on_one_rank(const struct sb_case *c, struct sb_host *host, update_fn *update)
{
    struct region r;
    const int code = region_open(&r, c);
    for (int64_t step = 0; code == 0 && step < r.p.steps; ++step) {
        double *from = sb_reals(host, step % 2 == 0 ? A : B);
        double *to = sb_reals(host, step % 2 == 0 ? B : A);
        for (int d = 0; d < 3; ++d) {
            put_faces(&r, d, from, sb_reals(host, OUT), sb_reals(host, IN));
        }
        region_step(&r, step, update);
        put_inside(&r, to);
    }
    region_close(&r);
    return code;
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    on_one_rank(c, host,
                textbook); /* without memory @p host stays as it is, which no verification takes */
}

/*
 * The exact step never leaves the range of the values before: its weights are positive and add to 1. So errors are
 * not amplified, and each step adds at most γ_9·M, M the largest magnitude: 2 roundings of the weights, 6 additions
 * and 1 product on the longest path, in any order and with any contraction. Hence γ_10S·M after S steps, with room for
 * M's own growth. The textbook's form has coefficients that add to 1 + 12·ratio ≤ 3 in magnitude: 3·γ_10S·M for it.
 */
static double kernel_bound(const struct sb_case *c)
{
    const double largest = (int)c->p[P_INPUT] == INPUT_RANDOM ? 1 : 2;
    return sb_gamma(c, 10 * c->p[P_STEPS]) * largest;
}

/* Every array against the same problem on one rank. */
static int check_all(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                     const struct sb_host *after, update_fn *update, double bound)
{
    static const char *const ordered[] = {"a on one rank", "b on one rank", "out on one rank",
                                          "in on one rank"};
    static const char *const named[] = {"a", "b", "out", "in"};
    struct sb_host *want = sb_host_clone(before);
    const int code = want ? on_one_rank(c, want, update) : -1;
    for (int i = A; code == 0 && i <= IN; ++i) {
        sb_check_reals(v, update == textbook ? named[i] : ordered[i], sb_reals(after, i),
                       sb_reals(want, i), NULL, bound, sb_array_count(&after->array[i]));
    }
    sb_host_free(want);
    return code;
}

static void check_range(struct sb_verdict *v, const struct sb_case *c, const struct region *r,
                        const double *u)
{
    static const char *const source =
        "maximum principle: Morton, Mayers, Numerical Solution of PDEs, §2.6";
    const int64_t count = r->side[0] * r->side[1] * r->side[2];
    double least = r->u[0], most = r->u[0];
    for (int64_t i = 1; i < count; ++i) {
        least = fmin(least, r->u[i]);
        most = fmax(most, r->u[i]);
    }
    double below = 0, above = 0;
    for (int64_t z = 1; z <= r->p.n[2]; ++z) {
        for (int64_t y = 1; y <= r->p.n[1]; ++y) {
            for (int64_t x = 1; x <= r->p.n[0]; ++x) {
                const double value = u[at(&r->p, x, y, z)];
                above = value - most <= above ? above : value - most; /* NaN stays */
                below = least - value <= below ? below : least - value;
            }
        }
    }
    sb_check_truth(v, "rise above the highest value before", above, 0, kernel_bound(c), source);
    sb_check_truth(v, "fall below the lowest value before", below, 0, kernel_bound(c), source);
}

/*
 * The mode is an exact eigenvector of the discrete step in a closed box, with eigenvalue
 * λ = 1 − 4·ratio·Σ sin²(π·wave/n): every cell is known. Error: the kernel's; each cosine 20 u (its argument, up to 2π, has
 * 3 roundings), so the mode 62 u, before and after; λ's 20 u per step.
 */
static void check_decay(struct sb_verdict *v, const struct sb_case *c, const struct region *r,
                        const double *u)
{
    double sum = 0;
    for (int d = 0; d < 3; ++d) {
        const double s = sin(3.14159265358979323846 * (d + 1) / (double)r->p.whole[d]);
        sum += s * s;
    }
    const double decay = pow(1 - 4 * c->p[P_RATIO] * sum, c->p[P_STEPS]);
    double worst = 0;
    for (int64_t z = 1; z <= r->p.n[2]; ++z) {
        for (int64_t y = 1; y <= r->p.n[1]; ++y) {
            for (int64_t x = 1; x <= r->p.n[0]; ++x) {
                int64_t w[3];
                whole_of(w, &r->p, x, y, z);
                const double off = fabs(u[at(&r->p, x, y, z)] - (1 + decay * mode(&r->p, w)));
                worst = off <= worst ? worst : off;
            }
        }
    }
    sb_check_truth(v, "largest distance from the decayed Fourier mode", worst, 0,
                   sb_gamma(c, 30 * c->p[P_STEPS] + 160) * 2,
                   "discrete decay rate: Morton, Mayers, Numerical Solution of PDEs, §2.7");
}

static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    /* strict maths: bit for bit what one rank computes; fast: both are within the bound of the exact step */
    const double apart = c->maths == SB_STRICT ? 0 : 2 * kernel_bound(c);
    int code = check_all(v, c, before, after, textbook, 4 * kernel_bound(c));
    code = code != 0 ? code : check_all(v, c, before, after, same_order, apart);
    struct region r = {0};
    code = code != 0 ? code : region_open(&r, c);
    if (code == 0) {
        const double *result = sb_reals(after, r.p.steps % 2 == 0 ? A : B);
        check_range(v, c, &r, result);
        if ((int)c->p[P_INPUT] == INPUT_MODE) {
            check_decay(v, c, &r, result);
        }
    }
    region_close(&r);
    return code;
}

static double verify_bytes(const struct sb_case *c)
{
    const struct part p = part_of(c);
    double region = 1;
    for (int d = 0; d < 3; ++d) {
        region *= (double)(p.n[d] + 2 * p.steps);
    }
    return sizeof(double) * (2 * region + 2 * (double)points(&p) + 2 * (double)faces(&p));
}

const struct sb_kernel sb_kernel_halo = {
    .abi = SB_KERNEL_ABI,
    .name = "halo",
    .title = "heat equation in a closed 3D box, its halo exchanged between ranks",
    .source = "Morton, Mayers, Numerical Solution of Partial Differential Equations, 2nd ed., 2005",
    .item = "cell update",
    .params = params,
    .presets = presets,
    .precisions = 1U << SB_DOUBLE | 1U << SB_FLOAT,
    .ranks_most = 4096,
    .refuse = refuse,
    .fit = fit,
    .arrays = arrays,
    .fill = fill,
    .launches = launches,
    .exchange = exchange,
    .work = work,
    .reference = reference,
    .verify = verify,
    .verify_bytes = verify_bytes,
};
