/* SPDX-License-Identifier: Apache-2.0 */
/* gray_scott: two-species reaction and diffusion as the LAPP course has it. README.md explains formulas and bounds. */
#include "kernels/kernel.h"
#include "kernels/toolbox.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { P_NX, P_NY, P_STEPS, P_DU, P_DV, P_FEED, P_KILL, P_DT, P_WEIGHTS, P_INPUT };
enum { WEIGHTS_OONO_PURI, WEIGHTS_ONES, WEIGHTS_FIVE_POINT };
enum { INPUT_COURSE, INPUT_UNIFORM, INPUT_SYMMETRIC };
enum { U, V, NEXT_U, NEXT_V, ARRAYS };
enum { T_APART };

static const char *const weights[] = {"oono_puri", "ones", "five_point", NULL};
static const char *const inputs[] = {"course", "uniform", "symmetric", NULL};

static const struct sb_param params[] = {
    {.name = "nx",
     .unit = "cells",
     .help = "columns",
     .least = 1,
     .most = 65536,
     .usual = 1920,
     .whole = true},
    {.name = "ny",
     .unit = "cells",
     .help = "rows",
     .least = 1,
     .most = 65536,
     .usual = 1080,
     .whole = true},
    {.name = "steps",
     .unit = "1",
     .help = "time steps per repetition (one image); even",
     .least = 2,
     .most = 1000,
     .usual = 34,
     .whole = true},
    {.name = "du", .unit = "1", .help = "diffusion of U", .least = 0, .most = 0.12, .usual = 0.1},
    {.name = "dv", .unit = "1", .help = "diffusion of V", .least = 0, .most = 0.12, .usual = 0.05},
    {.name = "feed",
     .unit = "1",
     .help = "feed rate F",
     .least = 0.001,
     .most = 0.1,
     .usual = 0.014},
    {.name = "kill", .unit = "1", .help = "kill rate k", .least = 0, .most = 0.1, .usual = 0.054},
    {.name = "dt", .unit = "1", .help = "time step", .least = 0.01, .most = 1, .usual = 1},
    {.name = "weights",
     .unit = "1",
     .help = "3 x 3 weights of the neighbours",
     .most = WEIGHTS_FIVE_POINT,
     .usual = WEIGHTS_OONO_PURI,
     .whole = true,
     .choices = weights},
    {.name = "input",
     .unit = "1",
     .help = "the course's rectangle, a uniform fixed point, random with mirror symmetry",
     .most = INPUT_SYMMETRIC,
     .usual = INPUT_COURSE,
     .whole = true,
     .choices = inputs},
    {.name = NULL},
};

static const struct sb_tuning tunings[] = {
    [T_APART] = {.name = "BORDER_APART",
                 .help = "1: the border in a launch of its own",
                 .usual = 0,
                 .backends = {{"opencl", 1}}},
    {.name = NULL},
};

#define TINY(l, x, y, ...)                                                                         \
    {                                                                                              \
        .preset = "tiny", .label = (l), .precision = SB_FLOAT, .settings = {                       \
            {"nx", (x)},                                                                           \
            {"ny", (y)},                                                                           \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
static const struct sb_preset presets[] = {
    TINY("course", 61, 147, {"input", INPUT_COURSE}),
    TINY("symmetric", 37, 21, {"input", INPUT_SYMMETRIC}, {"steps", 4}),
    TINY("ones", 23, 18, {"input", INPUT_SYMMETRIC}, {"steps", 4}, {"weights", WEIGHTS_ONES}),
    TINY("five_point", 18, 5, {"input", INPUT_SYMMETRIC}, {"steps", 4},
         {"weights", WEIGHTS_FIVE_POINT}),
    TINY("uniform", 19, 7, {"input", INPUT_UNIFORM}, {"feed", 0.03}, {"kill", 0.05}),
    TINY("one_cell", 1, 1, {"input", INPUT_SYMMETRIC}, {"steps", 2}),
    TINY("one_row", 7, 1, {"input", INPUT_SYMMETRIC}, {"steps", 2}),
    TINY("one_column", 1, 6, {"input", INPUT_SYMMETRIC}, {"steps", 2}),
    {.preset = "tiny",
     .label = "double",
     .precision = SB_DOUBLE,
     .settings = {{"nx", 31}, {"ny", 30}, {"input", INPUT_SYMMETRIC}, {"steps", 4}, {"dt", 0.5}}},
    {.preset = "small", .precision = SB_FLOAT},
    {.preset = "medium",
     .precision = SB_FLOAT,
     .settings = {{"nx", 3840}, {"ny", 2160}, {"steps", 10}}},
    {.preset = "large", .precision = SB_FLOAT, .fit = true, .settings = {{"steps", 4}}},
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

static int64_t cells(const struct sb_case *c)
{
    return nx_of(c) * ny_of(c);
}

static int input_of(const struct sb_case *c)
{
    return (int)c->p[P_INPUT];
}

/* Weights by distance: 1 for the four sides, 2 for the four corners. */
static double weight(const struct sb_case *c, int distance)
{
    static const double table[][3] = {
        [WEIGHTS_OONO_PURI] = {0, 0.5, 0.25},
        [WEIGHTS_ONES] = {0, 1, 1},
        [WEIGHTS_FIVE_POINT] = {0, 1, 0},
    };
    return table[(int)c->p[P_WEIGHTS]][distance];
}

static const char *refuse(const struct sb_case *c)
{
    return (int)c->p[P_STEPS] % 2 != 0
               ? "steps must be even, so that the result ends where it began"
               : NULL;
}

/* At most 2^26 cells (1 GiB as float): the serial reference must end. The course's 16:9. */
static void fit(double *p, enum sb_precision precision, double memory_bytes)
{
    double count = memory_bytes / (4.0 * (double)sb_type_bytes(SB_REAL, precision));
    count = count > 67108864 ? 67108864 : count;
    const double unit = floor(sqrt(count / (16 * 9)));
    p[P_NX] = unit < 1 ? 1 : 16 * unit;
    p[P_NY] = unit < 1 ? 1 : 9 * unit;
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    static const char *const names[ARRAYS] = {"u", "v", "next_u", "next_v"};
    for (int i = 0; i < ARRAYS; ++i) {
        out[i] = (struct sb_array){.name = names[i],
                                   .role = i < NEXT_U ? SB_INOUT : SB_SCRATCH,
                                   .rank = 2,
                                   .shape = {ny_of(c), nx_of(c)}};
    }
    return ARRAYS;
}

/* u v = F + k and u v² = F (1 − u): the fixed point with most V where there is one, else the empty one (1, 0). */
static void fixed_point(const struct sb_case *c, double *u, double *v)
{
    const double feed = c->p[P_FEED], loss = feed + c->p[P_KILL];
    const double discriminant = 1 - 4 * loss * loss / feed;
    *u = discriminant < 0 ? 1 : (1 - sqrt(discriminant)) / 2;
    *v = discriminant < 0 ? 0 : loss / *u;
}

/* Whether position i of n lies in [7/16 − shift, 8/16 − shift). */
static bool in_rectangle(int64_t i, int64_t n, int64_t shift)
{
    return i >= n * 7 / 16 - shift && i < n * 8 / 16 - shift;
}

static void fill_cell(const struct sb_case *c, int64_t i, int64_t j, double *u, double *v)
{
    const int64_t nx = nx_of(c), ny = ny_of(c);
    if (input_of(c) == INPUT_UNIFORM) {
        fixed_point(c, u, v);
    } else if (input_of(c) == INPUT_SYMMETRIC) {
        const int64_t x = i < nx - 1 - i ? i : nx - 1 - i;
        const int64_t y = j < ny - 1 - j ? j : ny - 1 - j;
        *u = sb_random(c->seed, U, (uint64_t)(y * nx + x), 0.3, 1);
        *v = sb_random(c->seed, V, (uint64_t)(y * nx + x), 0.1, 0.5);
    } else {
        const bool inside = in_rectangle(j, ny, 4) && in_rectangle(i, nx, 0);
        *u = inside ? 0 : 1;
        *v = inside ? 1 : 0;
    }
}

static void fill(const struct sb_case *c, struct sb_host *host)
{
    double *u = sb_reals(host, U);
    double *v = sb_reals(host, V);
    for (int64_t j = 0; j < ny_of(c); ++j) {
        for (int64_t i = 0; i < nx_of(c); ++i) {
            fill_cell(c, i, j, &u[j * nx_of(c) + i], &v[j * nx_of(c) + i]);
        }
    }
}

/* u' = keep·u + side·Σ sides + diagonal·Σ corners (+ feed − dt·u·v² and + dt·u·v²). */
struct folded {
    double keep_u, side_u, diagonal_u, keep_v, side_v, diagonal_v, feed, dt;
};

static struct folded fold(const struct sb_case *c)
{
    const double dt = c->p[P_DT], side = weight(c, 1), diagonal = weight(c, 2);
    const double du = dt * c->p[P_DU], dv = dt * c->p[P_DV];
    return (struct folded){
        .keep_u = 1 - dt * c->p[P_FEED] - du * 4 * (side + diagonal),
        .side_u = du * side,
        .diagonal_u = du * diagonal,
        .keep_v = 1 - dt * (c->p[P_FEED] + c->p[P_KILL]) - dv * 4 * (side + diagonal),
        .side_v = dv * side,
        .diagonal_v = dv * diagonal,
        .feed = dt * c->p[P_FEED],
        .dt = dt,
    };
}

static bool has_inside(const struct sb_case *c)
{
    return nx_of(c) > 2 && ny_of(c) > 2;
}

/* How many cells lack a neighbour. */
static int64_t border_cells(const struct sb_case *c)
{
    return has_inside(c) ? 2 * nx_of(c) + 2 * (ny_of(c) - 2) : cells(c);
}

static void launch_step(struct sb_launches *out, const struct sb_case *c, int from)
{
    const int64_t nx = nx_of(c), ny = ny_of(c);
    const int to = NEXT_U - from;
    const struct folded f = fold(c);
#define STEP_ARGS                                                                                  \
    SB_A(from), SB_A(from + 1), SB_A(to), SB_A(to + 1), SB_R(f.keep_u), SB_R(f.side_u),            \
        SB_R(f.diagonal_u), SB_R(f.keep_v), SB_R(f.side_v), SB_R(f.diagonal_v), SB_R(f.feed),      \
        SB_R(f.dt), SB_I(nx), SB_I(ny)
    if (!c->tuning[T_APART]) {
        sb_launch(out, "gray_scott_step", SB_EACH_2D(nx, ny), SB_ARGS(STEP_ARGS));
        return;
    }
    if (has_inside(c)) {
        sb_launch(out, "gray_scott_inside", SB_EACH_2D(nx - 2, ny - 2), SB_ARGS(STEP_ARGS));
    }
    sb_launch(out, "gray_scott_border", SB_EACH_1D(border_cells(c)),
              SB_ARGS(STEP_ARGS, SB_I(border_cells(c))));
#undef STEP_ARGS
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    for (int step = 0; step < (int)c->p[P_STEPS]; ++step) {
        launch_step(out, c, step % 2 == 0 ? U : NEXT_U);
    }
}

/*
 * Per cell 2 × (3 + 3) additions of neighbours, 2 × (3 products and 2 additions), dt·u·v² 3, the rest 3. A border
 * apart reads itself and the ring next to it once more.
 */
static void work(struct sb_work *out, const struct sb_case *c)
{
    const double size = (double)sb_type_bytes(SB_REAL, c->precision);
    const double updates = (double)cells(c) * c->p[P_STEPS];
    const double core = fmax(c->p[P_NX] - 4, 0) * fmax(c->p[P_NY] - 4, 0);
    const bool twice = c->tuning[T_APART] && has_inside(c);
    const double again = twice ? ((double)cells(c) - core) * c->p[P_STEPS] : 0;
    out->flop = 28 * updates;
    out->read_bytes = 2 * size * (updates + again);
    out->write_bytes = 2 * size * updates;
    out->write_allocate_bytes = out->write_bytes;
    out->items = updates;
}

struct cell {
    double u, v;
};

/* The course's update of one cell: Σ w·(neighbour − centre) over the neighbours there are. */
static struct cell update(const struct sb_case *c, const double *u, const double *v, int64_t i,
                          int64_t j)
{
    const int64_t nx = nx_of(c), ny = ny_of(c);
    const double w[] = {0, weight(c, 1), weight(c, 2)};
    const double u0 = u[j * nx + i], v0 = v[j * nx + i];
    double full_u = 0, full_v = 0;
    for (int64_t y = j > 0 ? j - 1 : 0; y <= j + 1 && y < ny; ++y) {
        for (int64_t x = i > 0 ? i - 1 : 0; x <= i + 1 && x < nx; ++x) {
            const double by = w[(x != i) + (y != j)];
            full_u += by * (u[y * nx + x] - u0);
            full_v += by * (v[y * nx + x] - v0);
        }
    }
    const double uvv = u0 * v0 * v0;
    const double du = c->p[P_DU] * full_u - uvv + c->p[P_FEED] * (1 - u0);
    const double dv = c->p[P_DV] * full_v + uvv - (c->p[P_FEED] + c->p[P_KILL]) * v0;
    return (struct cell){u0 + du * c->p[P_DT], v0 + dv * c->p[P_DT]};
}

static void reference_step(const struct sb_case *c, const struct sb_host *host, int from)
{
    const double *u = sb_reals(host, from), *v = sb_reals(host, from + 1);
    double *next_u = sb_reals(host, NEXT_U - from), *next_v = sb_reals(host, NEXT_V - from);
    for (int64_t j = 0; j < ny_of(c); ++j) {
        for (int64_t i = 0; i < nx_of(c); ++i) {
            const struct cell next = update(c, u, v, i, j);
            next_u[j * nx_of(c) + i] = next.u;
            next_v[j * nx_of(c) + i] = next.v;
        }
    }
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    for (int step = 0; step < (int)c->p[P_STEPS]; ++step) {
        reference_step(c, host, step % 2 == 0 ? U : NEXT_U);
    }
}

/* Bounds of |device − exact| that travel with the reference: of U and V, now and after the step. */
struct errors {
    double *u, *v, *next_u, *next_v;
};

/* keep·|x| + side·Σ|sides| + diagonal·Σ|corners|; beyond the border the cell itself. */
static inline double spread_of(const struct sb_case *c, const double *x, int64_t i, int64_t j,
                               double keep, double side, double diagonal)
{
    const int64_t nx = nx_of(c), ny = ny_of(c);
    const double *p = x + j * nx + i;
    const int64_t n = j > 0 ? -nx : 0, s = j < ny - 1 ? nx : 0, w = i > 0 ? -1 : 0,
                  e = i < nx - 1 ? 1 : 0;
    const double corners = fabs(p[n && w ? n + w : 0]) + fabs(p[n && e ? n + e : 0]) +
                           fabs(p[s && w ? s + w : 0]) + fabs(p[s && e ? s + e : 0]);
    return keep * fabs(*p) + side * (fabs(p[n]) + fabs(p[s]) + fabs(p[w]) + fabs(p[e])) +
           diagonal * corners;
}

/*
 * One step of the running error bound. For a cell (u, v) known to ±a, ±b:
 *   the linear part passes errors on with its own weights, the centre's lessened by the reaction: |keep − dt·v²|·a;
 *   |(u + a)(v + b)² − u v² − a v²| ≤ 2|uv|b + 2|v|ab + |u|b² + ab²;
 *   the device's own rounding is at most γ_12 of the sum of its terms' magnitudes: a rounding of the coefficient,
 *   3 additions of neighbours, a product, up to 4 further additions, in any order, contracted or not, and 2 to spare
 *   for the terms' own errors; and of each product, what underflow may take: V falls off to nothing in front of the
 *   pattern, and OpenCL lets a device flush subnormal numbers.
 */
static void bound_step(const struct sb_case *c, const struct folded *f, const double *u,
                       const double *v, const struct errors *e)
{
    const int64_t nx = nx_of(c);
    const double gamma = sb_gamma(c, 12);
    const double underflow = 12 * (c->precision == SB_FLOAT ? FLT_MIN : DBL_MIN);
    for (int64_t j = 0; j < ny_of(c); ++j) {
        for (int64_t i = 0; i < nx; ++i) {
            const int64_t k = j * nx + i;
            const double u0 = fabs(u[k]), v0 = fabs(v[k]), a = e->u[k], b = e->v[k];
            const double vv = f->dt * v0 * v0;
            const double reaction =
                f->dt * (2 * u0 * v0 * b + 2 * v0 * a * b + u0 * b * b + a * b * b);
            const double local_u =
                spread_of(c, u, i, j, fabs(f->keep_u), f->side_u, f->diagonal_u) + vv * u0 +
                f->feed;
            const double local_v =
                spread_of(c, v, i, j, fabs(f->keep_v), f->side_v, f->diagonal_v) + vv * u0;
            const double passed_u =
                spread_of(c, e->u, i, j, fabs(f->keep_u - vv), f->side_u, f->diagonal_u) + reaction;
            const double passed_v =
                spread_of(c, e->v, i, j, fabs(f->keep_v), f->side_v, f->diagonal_v) + vv * a +
                reaction;
            e->next_u[k] = (1 + gamma) * passed_u + gamma * local_u + underflow;
            e->next_v[k] = (1 + gamma) * passed_v + gamma * local_v + underflow;
        }
    }
}

/* The reference of a whole repetition with its running error bound, which ends in e->u and e->v. */
static void reference_with_bound(const struct sb_case *c, const struct sb_host *host,
                                 struct errors e)
{
    const struct folded f = fold(c);
    for (int step = 0; step < (int)c->p[P_STEPS]; ++step) {
        const int from = step % 2 == 0 ? U : NEXT_U;
        bound_step(c, &f, sb_reals(host, from), sb_reals(host, from + 1), &e);
        reference_step(c, host, from);
        e = (struct errors){e.next_u, e.next_v, e.u, e.v};
    }
    /* The reference rounds too, up to 4 times as much in its own form, but always in double. */
    const double factor = 1 + 4 * 0x1p-53 / sb_unit_roundoff(c);
    for (int64_t k = 0; k < cells(c); ++k) {
        e.u[k] *= factor;
        e.v[k] *= factor;
    }
}

static int64_t mirror(const struct sb_case *c, int64_t k, int axis)
{
    const int64_t nx = nx_of(c), i = k % nx, j = k / nx;
    return axis == 0 ? j * nx + nx - 1 - i : (ny_of(c) - 1 - j) * nx + i;
}

/* How far each cell is from its mirror images; 0 in the first repetition. */
static void asymmetry(const struct sb_case *c, const double *x, double *out)
{
    for (int64_t k = 0; k < cells(c); ++k) {
        const double left = fabs(x[k] - x[mirror(c, k, 0)]);
        const double up = fabs(x[k] - x[mirror(c, k, 1)]);
        out[k] = left > up ? left : up;
    }
}

/* A mirrored input gives a mirrored output: both are within the running bound of one exact trajectory. */
static void check_symmetry(struct sb_verdict *v, const struct sb_case *c, const double *got,
                           const double *error, double *room, const char *name)
{
    double *expected = room, *bound = room + cells(c);
    for (int axis = 0; axis < 2; ++axis) {
        for (int64_t k = 0; k < cells(c); ++k) {
            expected[k] = got[mirror(c, k, axis)];
            bound[k] = error[k] + error[mirror(c, k, axis)];
        }
        sb_check_reals(v, name, got, expected, bound, 0, cells(c));
    }
}

/* The fixed point stays, but for rounding and for what the state before was off by: the running bound of one cell. */
static void check_fixed_point(struct sb_verdict *v, const struct sb_case *c,
                              const struct sb_host *before, const struct sb_host *after)
{
    static const char *const source = "Pearson, Science 261 (1993), uniform steady states";
    struct sb_case one = *c;
    one.p[P_NX] = one.p[P_NY] = 1;
    double u, w;
    fixed_point(c, &u, &w);
    const struct folded f = fold(c);
    double state[4] = {0, 0, 0, 0};
    double off_u = 0, off_v = 0;
    for (int64_t k = 0; k < cells(c); ++k) {
        state[0] = fmax(state[0], fabs(sb_reals(before, U)[k] - u));
        state[1] = fmax(state[1], fabs(sb_reals(before, V)[k] - w));
        const double a = fabs(sb_reals(after, U)[k] - u), b = fabs(sb_reals(after, V)[k] - w);
        off_u = a <= off_u ? off_u : a; /* keeps NaN */
        off_v = b <= off_v ? off_v : b;
    }
    struct errors e = {&state[0], &state[1], &state[2], &state[3]};
    for (int step = 0; step < (int)c->p[P_STEPS]; ++step) {
        bound_step(&one, &f, &u, &w, &e);
        e = (struct errors){e.next_u, e.next_v, e.u, e.v};
    }
    sb_check_truth(v, "U's largest distance from the fixed point", off_u, 0, 2 * *e.u, source);
    sb_check_truth(v, "V's largest distance from the fixed point", off_v, 0, 2 * *e.v, source);
}

static bool is_course(const struct sb_case *c)
{
    for (int i = P_DU; i <= P_DT; ++i) {
        if (c->p[i] != params[i].usual) {
            return false;
        }
    }
    return input_of(c) == INPUT_COURSE;
}

/* Concentrations. Rounding may lift U = 1 by γ_12·2 a step, of which the feed takes back a share F: γ_12·2/F. */
static void check_range(struct sb_verdict *v, const struct sb_case *c, const double *x,
                        const char *name)
{
    double outside = 0;
    for (int64_t k = 0; k < cells(c); ++k) {
        const double off = x[k] < 0 ? -x[k] : x[k] - 1;
        outside = off <= outside ? outside : off; /* keeps NaN */
    }
    sb_check_truth(v, name, outside, 0, sb_gamma(c, 12) * 2 / c->p[P_FEED],
                   "concentrations: Pearson, Science 261 (1993)");
}

static void check_all(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                      const struct sb_host *after, struct sb_host *want, const struct errors *e)
{
    if (input_of(c) == INPUT_SYMMETRIC) {
        asymmetry(c, sb_reals(before, U), e->u);
        asymmetry(c, sb_reals(before, V), e->v);
    }
    reference_with_bound(c, want, *e);
    sb_check_reals(v, "u", sb_reals(after, U), sb_reals(want, U), e->u, 0, cells(c));
    sb_check_reals(v, "v", sb_reals(after, V), sb_reals(want, V), e->v, 0, cells(c));
    if (input_of(c) == INPUT_SYMMETRIC) { /* next_u is done with: room, with next_v behind it */
        check_symmetry(v, c, sb_reals(after, U), e->u, e->next_u, "u and its mirror image");
        check_symmetry(v, c, sb_reals(after, V), e->v, e->next_u, "v and its mirror image");
    } else if (input_of(c) == INPUT_UNIFORM) {
        check_fixed_point(v, c, before, after);
    } else if (is_course(c)) {
        check_range(v, c, sb_reals(after, U), "U outside [0, 1] by");
        check_range(v, c, sb_reals(after, V), "V outside [0, 1] by");
    }
}

static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    const size_t count = (size_t)cells(c);
    double *room = calloc(4 * count, sizeof *room);
    struct sb_host *want = room ? sb_host_clone(before) : NULL;
    if (want) {
        const struct errors e = {room, room + count, room + 2 * count, room + 3 * count};
        check_all(v, c, before, after, want, &e);
        sb_host_free(want);
    }
    free(room);
    return want ? 0 : -1;
}

static double verify_bytes(const struct sb_case *c)
{
    return 8.0 * sizeof(double) * (double)cells(c);
}

/* V, white where there is most. */
static int picture(struct sb_picture *out, const struct sb_case *c, const struct sb_host *after)
{
    const double *v = sb_reals(after, V);
    double most = 0;
    for (int64_t k = 0; k < cells(c); ++k) {
        most = v[k] > most ? v[k] : most;
    }
    out->width = (int)nx_of(c);
    out->height = (int)ny_of(c);
    out->grey = malloc((size_t)out->width * (size_t)out->height);
    if (!out->grey) {
        return -1;
    }
    for (int64_t k = 0; k < cells(c); ++k) {
        out->grey[k] = v[k] > 0 ? (unsigned char)(255 * v[k] / most) : 0;
    }
    return 0;
}

const struct sb_kernel sb_kernel_gray_scott = {
    .abi = SB_KERNEL_ABI,
    .name = "gray_scott",
    .title = "Gray-Scott reaction and diffusion in 2D, nine-point stencil",
    .source =
        "LAPP course Performance with Stencil (P. Aubert, CNRS/IN2P3); Pearson, Science 261 (1993)",
    .item = "cell update",
    .params = params,
    .presets = presets,
    .tunings = tunings,
    .precisions = 1U << SB_DOUBLE | 1U << SB_FLOAT,
    .refuse = refuse,
    .fit = fit,
    .arrays = arrays,
    .fill = fill,
    .launches = launches,
    .work = work,
    .reference = reference,
    .verify = verify,
    .verify_bytes = verify_bytes,
    .picture = picture,
};
