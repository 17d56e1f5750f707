/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All-pairs N-body: gravity (G = 1) with Plummer softening s² = d² + ε², drift–kick–drift leapfrog.
 *
 * Tolerance: a running bound e on what rounding can do to each coordinate, carried along with the reference
 * (Higham, Accuracy and Stability, 2nd ed., §3.3).
 *   drift  x + dt v:            e_x += dt e_v + γ_2 (|x| + |dt v|)
 *   kick   v + dt Σ m d/s³:     e_v += dt (γ_k Σ m |d|/s³ + Σ m (4/s³)(e_i + e_j)) + γ_2 (|v| + |dt a|)
 * k = n + 53: s² has at most 7 roundings (d once, hence d² 3, three additions, ε² once), half of them in 1/s; square
 * root and division 12 (OpenCL fast maths: 3 and 2.5 ulp of 2u each, rounded up), so 1/s³ has 3 (4 + 12); then three
 * products, the d and n additions: 48 + 4 + 1 + n. 4/s³ bounds the derivative of d/s³: its eigenvalues lie in
 * [−2/s³, 1/s³], and 2√3 turns coordinates into lengths; the rest is for s changing on the way.
 *
 * Truths. Kepler: bodies without mass around one sun, each on its own circle, moving as a whole. On a circle the
 * leapfrog is solved in closed form: positions at kicks turn by θ each step, sin(θ/2) = Ω dt/2, Ω² = M/(R² + ε²)^(3/2);
 * at the start of a step x = R cos(θ/2), v = R Ω, at right angles. So the *discrete* orbit is known exactly, phase
 * error included, for every body, and only rounding is allowed. Any input: total momentum and angular momentum do not
 * change, the centre of mass moves straight. The energy drifts: the leapfrog keeps
 *   H̃ = H + dt² H₂ + O(dt⁴),  H₂ = Σ m a²/12 − v·V″·v/24   (Hairer, Lubich, Wanner, Geometric Numerical Integration,
 * 2nd ed., §IX.3; checked against the harmonic oscillator, whose invariant is exact). Every further pair of brackets of
 * that series brings dt² times the square of a rate (√(Σ 4m/s³), or speed over distance) and a coefficient below one.
 */
#include "kernels/kernel.h"
#include "kernels/toolbox.h"

#include <stdlib.h>

enum { N, STEPS, DT, SOFTENING, INPUT };
enum { PLUMMER, KEPLER };
enum { PX, PY, PZ, VX, VY, VZ, MASS, ARRAYS };
enum { TILE };
enum { STREAM_MASS = 16, STREAM_PLACE, STREAM_SPEED };
#define LEAST_RADIUS 0.5
#define MOST_RADIUS 2.0
static const double pi = 3.14159265358979323846;

static const char *const inputs[] = {"plummer", "kepler", NULL};

static const struct sb_param params[] = {
    {.name = "n",
     .unit = "1",
     .help = "number of bodies",
     .least = 1,
     .most = 10e6,
     .usual = 4000,
     .whole = true},
    {.name = "steps",
     .unit = "1",
     .help = "time steps per repetition",
     .least = 1,
     .most = 1e6,
     .usual = 1,
     .whole = true},
    {.name = "dt",
     .unit = "1",
     .help = "time step, where G = total mass = length scale = 1",
     .least = 1e-9,
     .most = 0.5,
     .usual = 0.001},
    {.name = "softening",
     .unit = "1",
     .help = "Plummer softening length",
     .least = 1e-6,
     .most = 10,
     .usual = 0.05},
    {.name = "input",
     .unit = "1",
     .help = "a Plummer sphere, or circular orbits around one sun",
     .most = 1,
     .usual = PLUMMER,
     .whole = true,
     .choices = inputs},
    {0},
};

static const struct sb_preset presets[] = {
    {.preset = "tiny", .label = "double", .settings = {{"n", 613}, {"steps", 2}, {"dt", 0.01}}},
    {.preset = "tiny",
     .label = "float",
     .precision = SB_FLOAT,
     .settings = {{"n", 517}, {"steps", 2}, {"dt", 0.01}}},
    {.preset = "tiny",
     .label = "kepler",
     .settings = {{"n", 300}, {"steps", 20}, {"dt", 0.03}, {"softening", 0.01}, {"input", KEPLER}}},
    {.preset = "tiny",
     .label = "two_bodies",
     .settings = {{"n", 2}, {"steps", 40}, {"dt", 0.05}, {"softening", 0.001}, {"input", KEPLER}}},
    {.preset = "tiny",
     .label = "kepler_float",
     .precision = SB_FLOAT,
     .settings = {{"n", 259}, {"steps", 5}, {"dt", 0.05}, {"softening", 0.01}, {"input", KEPLER}}},
    {.preset = "small", .label = "double", .settings = {{"n", 4000}}},
    {.preset = "small", .label = "float", .precision = SB_FLOAT, .settings = {{"n", 4000}}},
    {.preset = "medium", .label = "double", .settings = {{"n", 8000}}},
    {.preset = "medium", .label = "float", .precision = SB_FLOAT, .settings = {{"n", 8000}}},
    {.preset = "large", .label = "double", .fit = true},
    {.preset = "large", .label = "float", .precision = SB_FLOAT, .fit = true},
    {0},
};

static const struct sb_tuning tunings[] = {
    {"TILE", "bodies of a block, and of a tile in shared memory", 256, {{0}}},
    {0},
};

/* The value that the device sees. */
static double rounded(const struct sb_case *c, double value)
{
    return c->precision == SB_FLOAT ? (double)(float)value : value;
}

static const char *refuse(const struct sb_case *c)
{
    if (c->p[INPUT] == KEPLER && c->p[DT] > pow(LEAST_RADIUS, 1.5)) {
        return "dt must be below 0.35 for input kepler: the innermost orbit turns by a radian in "
               "that time";
    }
    return NULL;
}

/* Limited by time, not by memory: 20000 bodies are 0.4e9 interactions, half a second on two cores, but ten for the
 * reference and the energies, which are serial. */
static void fit(double *p, enum sb_precision precision, double memory_bytes)
{
    const double most = memory_bytes / ((double)sb_type_bytes(SB_REAL, precision) * ARRAYS);
    p[N] = floor(fmax(1, fmin(most, 20000)));
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    static const char *const names[] = {"x", "y", "z", "vx", "vy", "vz", "mass"};
    for (int a = 0; a < ARRAYS; ++a) {
        const enum sb_role role = a == MASS ? SB_IN : SB_INOUT;
        out[a] = (struct sb_array){names[a], SB_REAL, role, 1, {(int64_t)c->p[N]}};
    }
    return ARRAYS;
}

/* A direction, uniform on the sphere, from random numbers 2k and 2k + 1 of the stream. */
static void direction(double out[3], const struct sb_case *c, uint64_t stream, uint64_t k)
{
    const double w = sb_random(c->seed, stream, 2 * k, -1, 1);
    const double angle = sb_random(c->seed, stream, 2 * k + 1, 0, 2 * pi);
    out[0] = sqrt(1 - w * w) * cos(angle);
    out[1] = sqrt(1 - w * w) * sin(angle);
    out[2] = w;
}

/* Aarseth, Hénon, Wielen, Astron. Astrophys. 37, 1974, with unequal masses; cut at radius 10. */
static void plummer_body(double out[ARRAYS], const struct sb_case *c, int64_t i)
{
    const uint64_t body = (uint64_t)i * 64;
    double unit[3];
    double r = 11;
    for (uint64_t k = 0; r > 10; ++k) {
        r = 1 / sqrt(pow(sb_random(c->seed, STREAM_MASS + 8, body + k, 0x1p-40, 1), -2.0 / 3) - 1);
    }
    double q = 0, g = 1;
    for (uint64_t k = 0; g > q * q * pow(1 - q * q, 3.5) && k < 32; ++k) {
        q = sb_random(c->seed, STREAM_SPEED + 8, body + 2 * k, 0, 1);
        g = sb_random(c->seed, STREAM_SPEED + 8, body + 2 * k + 1, 0, 0.1);
    }
    const double speed = q * sqrt(2) * pow(1 + r * r, -0.25);
    direction(unit, c, STREAM_PLACE, (uint64_t)i);
    for (int d = 0; d < 3; ++d) {
        out[PX + d] = r * unit[d];
    }
    direction(unit, c, STREAM_SPEED, (uint64_t)i);
    for (int d = 0; d < 3; ++d) {
        out[VX + d] = speed * unit[d];
    }
    out[MASS] = sb_random(c->seed, STREAM_MASS, (uint64_t)i, 0.5, 1.5) / c->p[N];
}

/* Body i of the Kepler input after so many steps, exactly. */
static void kepler_body(double out[ARRAYS], const struct sb_case *c, int64_t i, double steps)
{
    static const double sun_x[3] = {0.3, -0.2, 0.1}, sun_v[3] = {-0.05, 0.03, 0.07};
    const double dt = rounded(c, c->p[DT]);
    const double softening2 = rounded(c, c->p[SOFTENING] * c->p[SOFTENING]);
    const bool sun = i == (int64_t)c->p[N] / 3;
    const double radius = sb_random(c->seed, STREAM_SPEED, (uint64_t)i, LEAST_RADIUS, MOST_RADIUS);
    const double omega = pow(radius * radius + softening2, -0.75);
    const double half_turn = asin(omega * dt / 2);
    const double angle = 2 * half_turn * steps;
    double e1[3], pole[3], e2[3];
    direction(e1, c, STREAM_PLACE, (uint64_t)i);
    direction(pole, c, STREAM_MASS, (uint64_t)i);
    double along = 0, length = 0;
    for (int d = 0; d < 3; ++d) {
        along += pole[d] * e1[d];
    }
    for (int d = 0; d < 3; ++d) {
        e2[d] = pole[d] - along * e1[d];
        length += e2[d] * e2[d];
    }
    for (int d = 0; d < 3; ++d) {
        const double side = e2[d] / sqrt(length);
        const double x = radius * cos(half_turn) * (cos(angle) * e1[d] + sin(angle) * side);
        const double v = radius * omega * (cos(angle) * side - sin(angle) * e1[d]);
        out[PX + d] = sun_x[d] + sun_v[d] * steps * dt + (sun ? 0 : x);
        out[VX + d] = sun_v[d] + (sun ? 0 : v);
    }
    out[MASS] = sun;
}

static void fill(const struct sb_case *c, struct sb_host *host)
{
    for (int64_t i = 0; i < (int64_t)c->p[N]; ++i) {
        double body[ARRAYS];
        if (c->p[INPUT] == KEPLER) {
            kepler_body(body, c, i, 0);
        } else {
            plummer_body(body, c, i);
        }
        for (int a = 0; a < ARRAYS; ++a) {
            sb_reals(host, a)[i] = body[a];
        }
    }
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    const int64_t n = (int64_t)c->p[N];
    const int64_t tile = c->tuning[TILE];
    const double dt = c->p[DT];
    for (int64_t step = 0; step <= (int64_t)c->p[STEPS]; ++step) {
        const bool outer = step == 0 || step == (int64_t)c->p[STEPS];
        sb_launch(out, "drift", SB_EACH_1D(n),
                  SB_ARGS(SB_A(PX), SB_A(PY), SB_A(PZ), SB_A(VX), SB_A(VY), SB_A(VZ),
                          SB_R(outer ? dt / 2 : dt), SB_I(n)));
        if (step < (int64_t)c->p[STEPS]) {
            sb_launch(out, "kick", SB_BLOCKS_1D((n + tile - 1) / tile, tile),
                      SB_ARGS(SB_A(PX), SB_A(PY), SB_A(PZ), SB_A(MASS), SB_A(VX), SB_A(VY),
                              SB_A(VZ), SB_R(dt), SB_R(c->p[SOFTENING] * c->p[SOFTENING]),
                              SB_I(n)));
        }
    }
}

/*
 * An interaction: 3 differences, 3 FMA, square root, division, 3 products, 3 FMA: 20 flop. A body: 3 FMA per kick and
 * per drift. A kick reads all seven arrays and writes velocities, a drift reads six and writes positions, all in place.
 */
static void work(struct sb_work *out, const struct sb_case *c)
{
    const double n = c->p[N], steps = c->p[STEPS];
    const double real_bytes = (double)sb_type_bytes(SB_REAL, c->precision);
    out->flop = steps * (20 * n * n + 6 * n) + (steps + 1) * 6 * n;
    out->read_bytes = (steps * 7 + (steps + 1) * 6) * n * real_bytes;
    out->write_bytes = (steps * 3 + (steps + 1) * 3) * n * real_bytes;
    out->write_allocate_bytes = 0;
    out->items = steps * n * n;
}

/* A state, and what rounding may have done to each coordinate of a body so far. */
struct state {
    const struct sb_case *c;
    int64_t n;
    double *x[3], *v[3];
    const double *mass;
    double *error_x, *error_v; /* NULL: not followed */
};

static struct state state_of(const struct sb_case *c, const struct sb_host *host)
{
    struct state s = {.c = c, .n = (int64_t)c->p[N], .mass = sb_reals(host, MASS)};
    for (int d = 0; d < 3; ++d) {
        s.x[d] = sb_reals(host, PX + d);
        s.v[d] = sb_reals(host, VX + d);
    }
    return s;
}

/* γ_k of the case's precision, and of the reference's own double. */
static double gamma_both(const struct sb_case *c, double k)
{
    return sb_gamma(c, k) + 1.01 * k * 0x1p-53;
}

static void drift(const struct state *s, double dt)
{
    for (int64_t i = 0; i < s->n; ++i) {
        double size = 0;
        for (int d = 0; d < 3; ++d) {
            size = fmax(size, fabs(s->x[d][i]) + fabs(dt * s->v[d][i]));
            s->x[d][i] += dt * s->v[d][i];
        }
        if (s->error_x != NULL) {
            s->error_x[i] += dt * s->error_v[i] + gamma_both(s->c, 2) * size;
        }
    }
}

/* What all bodies do to body i: acceleration, its size without cancellation, and how errors of places pass on. */
struct pull {
    double a[3], size[3];
    double gradient;    /* Σ_{j≠i} 4 m/s³ */
    double from_others; /* Σ_{j≠i} 4 m/s³ error_x[j] */
};

static struct pull pull_on(const struct state *s, int64_t i, double softening2)
{
    struct pull p = {.gradient = 0};
    for (int64_t j = 0; j < s->n; ++j) {
        const double dx = s->x[0][j] - s->x[0][i];
        const double dy = s->x[1][j] - s->x[1][i];
        const double dz = s->x[2][j] - s->x[2][i];
        const double s2 = dx * dx + dy * dy + dz * dz + softening2;
        const double pull = j == i ? 0 : s->mass[j] / (s2 * sqrt(s2));
        p.a[0] += pull * dx;
        p.a[1] += pull * dy;
        p.a[2] += pull * dz;
        p.size[0] += pull * fabs(dx);
        p.size[1] += pull * fabs(dy);
        p.size[2] += pull * fabs(dz);
        p.gradient += 4 * pull;
        p.from_others += s->error_x != NULL ? 4 * pull * s->error_x[j] : 0;
    }
    return p;
}

static void kick(const struct state *s, double dt, double softening2)
{
    const double k = (double)s->n + 53;
    for (int64_t i = 0; i < s->n; ++i) {
        const struct pull p = pull_on(s, i, softening2);
        double size = 0, change = 0;
        for (int d = 0; d < 3; ++d) {
            size = fmax(size, fabs(s->v[d][i]) + dt * p.size[d]);
            change = fmax(change, p.size[d]);
            s->v[d][i] += dt * p.a[d];
        }
        if (s->error_v != NULL) {
            const double moved = p.gradient * s->error_x[i] + p.from_others;
            s->error_v[i] +=
                dt * (gamma_both(s->c, k) * change + moved) + gamma_both(s->c, 2) * size;
        }
    }
}

static void advance(const struct state *s)
{
    const struct sb_case *c = s->c;
    const double dt = rounded(c, c->p[DT]);
    const double softening2 = rounded(c, c->p[SOFTENING] * c->p[SOFTENING]);
    for (int64_t step = 0; step < (int64_t)c->p[STEPS]; ++step) {
        drift(s, step == 0 ? dt / 2 : dt);
        kick(s, dt, softening2);
    }
    drift(s, dt / 2);
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    const struct state s = state_of(c, host);
    advance(&s);
}

/* What the motion keeps, and how much the errors of the state and the series of H̃ may change it. */
struct invariants {
    double momentum[3], angular[3], moment[3]; /* moment: Σ m x */
    double energy, energy_size;                /* H, and without cancellation */
    double energy2, energy2_size;              /* H₂, and without cancellation */
    double rate2;                              /* bound on the squares of all rates */
    double error_momentum, error_angular, error_moment, error_energy;
};

/* Adds the potential of all pairs (i, j < i), their part of v·V″·v, and the rates. */
static void add_pairs(struct invariants *out, const struct state *s, int64_t i, double softening2)
{
    double potential = 0, bend = 0, bend_size = 0;
    for (int64_t j = 0; j < i; ++j) {
        double d2 = 0, w2 = 0, dw = 0;
        for (int d = 0; d < 3; ++d) {
            const double dx = s->x[d][j] - s->x[d][i];
            const double w = s->v[d][j] - s->v[d][i];
            d2 += dx * dx;
            w2 += w * w;
            dw += dx * w;
        }
        const double s2 = d2 + softening2;
        const double mm = s->mass[i] * s->mass[j] / sqrt(s2);
        potential -= mm;
        bend += mm / s2 * (w2 - 3 * dw * dw / s2);
        bend_size += mm / s2 * (w2 + 3 * dw * dw / s2);
        out->rate2 = mm > 0 ? fmax(out->rate2, w2 / s2) : out->rate2;
    }
    out->energy += potential;
    out->energy_size -= potential;
    out->energy2 -= bend / 24;
    out->energy2_size += bend_size / 24;
}

/* Σ over n² pairs of numbers of one sign: partial sums of n, then n of those, so 2n + 20 roundings in double. */
static struct invariants invariants_of(const struct state *s)
{
    const double softening2 = rounded(s->c, s->c->p[SOFTENING] * s->c->p[SOFTENING]);
    struct invariants out = {.energy = 0};
    double steepest = 0;
    for (int64_t i = 0; i < s->n; ++i) {
        const double m = s->mass[i], e_x = s->error_x[i], e_v = s->error_v[i];
        const struct pull p = pull_on(s, i, softening2);
        double x1 = 0, v1 = 0, a1 = 0;
        for (int d = 0; d < 3; ++d) {
            const int e = (d + 1) % 3, f = (d + 2) % 3;
            out.momentum[d] += m * s->v[d][i];
            out.moment[d] += m * s->x[d][i];
            out.angular[d] += m * (s->x[e][i] * s->v[f][i] - s->x[f][i] * s->v[e][i]);
            out.energy += m * s->v[d][i] * s->v[d][i] / 2;
            out.energy_size += m * s->v[d][i] * s->v[d][i] / 2;
            out.energy2 += m * p.a[d] * p.a[d] / 12;
            out.energy2_size += m * p.a[d] * p.a[d] / 12;
            x1 += fabs(s->x[d][i]) + e_x;
            v1 += fabs(s->v[d][i]) + e_v;
            a1 += p.size[d];
        }
        add_pairs(&out, s, i, softening2);
        steepest = fmax(steepest, m > 0 ? p.gradient : 0);
        out.error_momentum += m * (e_v + (double)s->n * 0x1p-53 * v1);
        out.error_moment += m * (e_x + (double)s->n * 0x1p-53 * x1);
        out.error_angular += m * (x1 * e_v + v1 * e_x + (double)(s->n + 4) * 0x1p-53 * x1 * v1);
        out.error_energy += m * (v1 * e_v + a1 * e_x);
    }
    out.rate2 += steepest;
    out.error_energy += (2.0 * (double)s->n + 20) * 0x1p-53 * out.energy_size;
    return out;
}

static void check_invariants(struct sb_verdict *v, const struct state *start,
                             const struct state *end)
{
    static const char *const source =
        "Hairer, Lubich, Wanner, Geometric Numerical Integration, §VI, §IX.3";
    static const char *const names[3][3] = {
        {"momentum x", "momentum y", "momentum z"},
        {"angular momentum x", "angular momentum y", "angular momentum z"},
        {"centre of mass x", "centre of mass y", "centre of mass z"},
    };
    const struct sb_case *c = start->c;
    const double dt = rounded(c, c->p[DT]), time = dt * c->p[STEPS];
    const struct invariants a = invariants_of(start), b = invariants_of(end);
    for (int d = 0; d < 3; ++d) {
        sb_check_truth(v, names[0][d], b.momentum[d], a.momentum[d],
                       a.error_momentum + b.error_momentum, source);
        sb_check_truth(v, names[1][d], b.angular[d], a.angular[d],
                       a.error_angular + b.error_angular, source);
        sb_check_truth(v, names[2][d], b.moment[d], a.moment[d] + time * a.momentum[d],
                       a.error_moment + b.error_moment + time * a.error_momentum, source);
    }
    const double series =
        dt * dt * (a.energy2_size + b.energy2_size) * dt * dt * fmax(a.rate2, b.rate2);
    sb_check_truth(v, "energy", b.energy + dt * dt * b.energy2, a.energy + dt * dt * a.energy2,
                   a.error_energy + b.error_energy + series, source);
}

/* Every body against its discrete Kepler orbit; the initial state may be off by the rounding of its values. */
static int check_kepler(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                        const struct sb_host *after)
{
    static const char *const names[] = {"Kepler orbit, x",  "Kepler orbit, y",  "Kepler orbit, z",
                                        "Kepler orbit, vx", "Kepler orbit, vy", "Kepler orbit, vz"};
    const int64_t n = (int64_t)c->p[N];
    struct sb_host *orbit = sb_host_clone(before);
    double *error = calloc((size_t)n * 2, sizeof *error);
    int status = -1;
    if (orbit == NULL || error == NULL) {
        goto out;
    }
    struct state s = state_of(c, orbit);
    s.error_x = error;
    s.error_v = error + n;
    for (int64_t i = 0; i < n; ++i) {
        for (int d = 0; d < 3; ++d) {
            s.error_x[i] = fmax(s.error_x[i], gamma_both(c, 8) * (fabs(s.x[d][i]) + MOST_RADIUS));
            s.error_v[i] = fmax(s.error_v[i], gamma_both(c, 8) * (fabs(s.v[d][i]) + 1));
        }
    }
    advance(&s);
    for (int64_t i = 0; i < n; ++i) {
        double body[ARRAYS];
        kepler_body(body, c, i, c->p[STEPS]);
        for (int a = PX; a <= VZ; ++a) {
            sb_reals(orbit, a)[i] = body[a];
        }
    }
    for (int a = PX; a <= VZ; ++a) {
        sb_check_reals(v, names[a], sb_reals(after, a), sb_reals(orbit, a),
                       a < VX ? s.error_x : s.error_v, 0, n);
    }
    status = 0;
out:
    sb_host_free(orbit);
    free(error);
    return status;
}

static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    const int64_t n = (int64_t)c->p[N];
    struct sb_host *expected = sb_host_clone(before);
    double *error = calloc((size_t)n * 4, sizeof *error);
    int status = -1;
    if (expected == NULL || error == NULL) {
        goto out;
    }
    struct state s = state_of(c, expected), start = state_of(c, before), end = state_of(c, after);
    s.error_x = end.error_x = error;
    s.error_v = end.error_v = error + n;
    start.error_x = error + 2 * n;
    start.error_v = error + 3 * n;
    advance(&s);
    for (int a = PX; a <= VZ; ++a) {
        sb_check_reals(v, expected->array[a].name, sb_reals(after, a), sb_reals(expected, a),
                       a < VX ? s.error_x : s.error_v, 0, n);
    }
    check_invariants(v, &start, &end);
    status = c->p[INPUT] == KEPLER ? check_kepler(v, c, before, after) : 0;
out:
    sb_host_free(expected);
    free(error);
    return status;
}

static double verify_bytes(const struct sb_case *c)
{
    return (2.0 * ARRAYS + 6) * sizeof(double) * c->p[N];
}

const struct sb_kernel sb_kernel_nbody = {
    .abi = SB_KERNEL_ABI,
    .name = "nbody",
    .title = "All-pairs gravity with Plummer softening, leapfrog",
    .source = "Nyland, Harris, Prins, Fast N-Body Simulation with CUDA, GPU Gems 3, ch. 31; "
              "Plummer, MNRAS 71, 1911",
    .item = "interaction",
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
};
