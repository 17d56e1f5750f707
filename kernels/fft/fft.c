/* SPDX-License-Identifier: Apache-2.0 */
/* fft: batched complex transforms of length 2^log2n by Stockham's scheme. Tolerance and truths: README.md. */
#include "kernels/kernel.h"
#include "kernels/toolbox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P_LOG2N, P_BATCH, P_INPUT };
enum { T_LOG2N, T_IN_BLOCK, T_TRANSFORMS, T_BX };
enum { X, Y, W_RE, W_IM, SCRATCH };
enum { RANDOM, TONE };
enum { STREAM_TONE = 3, STREAM_SPOT, STREAM_SAMPLE, STREAM_SIGN };

static const char *const inputs[] = {"random", "tone", NULL};

static const struct sb_param params[] = {
    {"log2n", "1", "length of a transform: n = 2^log2n", 1, 26, 12, true, NULL},
    {"batch", "1", "transforms, one behind the other", 1, 0x1p30, 128, true, NULL},
    {"input", "1", "random, or one pure tone per transform", 0, 1, RANDOM, true, inputs},
    {.name = NULL},
};

static const struct sb_preset presets[] = {
    {"tiny", "double", SB_DOUBLE, false, {{"log2n", 6}, {"batch", 21}}},
    {"tiny", "float", SB_FLOAT, false, {{"log2n", 7}, {"batch", 65}}},
    {"tiny", "tone", SB_DOUBLE, false, {{"log2n", 8}, {"batch", 5}, {"input", TONE}}},
    {"tiny", "tone-float", SB_FLOAT, false, {{"log2n", 10}, {"batch", 3}, {"input", TONE}}},
    {"tiny", "four", SB_DOUBLE, false, {{"log2n", 2}, {"batch", 37}}},
    {"tiny", "two", SB_FLOAT, false, {{"log2n", 1}, {"batch", 3}}},
    {"tiny", "one", SB_DOUBLE, false, {{"log2n", 12}, {"batch", 1}}},
    {"tiny", "long", SB_DOUBLE, false, {{"log2n", 16}, {"batch", 1}}},
    {"small", "double", SB_DOUBLE, false, {{"log2n", 12}, {"batch", 128}}},
    {"small", "float", SB_FLOAT, false, {{"log2n", 12}, {"batch", 128}}},
    {"medium", "double", SB_DOUBLE, false, {{"log2n", 12}, {"batch", 1024}}},
    {"medium", "float", SB_FLOAT, false, {{"log2n", 12}, {"batch", 1024}}},
    {"medium", "long", SB_DOUBLE, false, {{"log2n", 20}, {"batch", 1}}},
    {"large", "double", SB_DOUBLE, true, {{"log2n", 12}}},
    {"large", "float", SB_FLOAT, true, {{"log2n", 12}}},
    {.preset = NULL},
};

/* All four follow from the parameters, the precision and the backend: tune(). */
static const struct sb_tuning tunings[] = {
    {"LOG2N", "the parameter log2n", 12, {{NULL, 0}}},
    {"IN_BLOCK",
     "1: a block does whole transforms in shared memory; 0: a launch per pass",
     0,
     {{NULL, 0}}},
    {"TRANSFORMS", "transforms of one block", 1, {{NULL, 0}}},
    {"BX", "threads of a block", 64, {{NULL, 0}}},
    {.name = NULL},
};

static const struct sb_vendor vendors[] = {
    {"cpu", "libfftw3.so.3", "libfftw3f.so.3", "libfftw3-double3 libfftw3-single3"},
    {"cuda", "libcufft", NULL, "the CUDA toolkit's cuFFT"},
    {.backend = NULL},
};

static int64_t length(const struct sb_case *c)
{
    return (int64_t)1 << (int)c->p[P_LOG2N];
}

/* The passes of fft.dev.c: eights, then one or two fours; n = 2: one two. s is the product of the radices before. */
struct pass {
    int radix;
    int64_t s, m; /* radix · s · m = n */
};

static int passes(struct pass out[16], const struct sb_case *c)
{
    const int log2n = (int)c->p[P_LOG2N];
    const int rest = log2n % 3 == 0 ? 0 : log2n % 3 == 1 ? 4 : 2; /* levels done by fours */
    int count = 0, done = 0;
    while (done < log2n) {
        const int left = log2n - done;
        const int levels = left == 1 ? 1 : left > rest ? 3 : 2;
        out[count++] =
            (struct pass){1 << levels, (int64_t)1 << done, (int64_t)1 << (left - levels)};
        done += levels;
    }
    return count;
}

static void fit(double *p, enum sb_precision precision, double memory_bytes)
{
    const double transform_bytes = 4 * pow(2, p[P_LOG2N]) * (precision == SB_FLOAT ? 4 : 8);
    p[P_BATCH] = fmax(1, fmin(floor(memory_bytes / transform_bytes), 16384));
}

static void tune(struct sb_case *c, const struct sb_machine *machine)
{
    const bool cpu = strcmp(machine->backend, "cpu") == 0;
    const int64_t n = length(c);
    /* Two buffers in shared memory: on a CPU what its second-level cache about holds; elsewhere the 32 KiB that every
     * device has (OpenCL 1.2, table 4.3, CL_DEVICE_LOCAL_MEM_SIZE). */
    const int64_t room_bytes = cpu ? 1 << 20 : 32 << 10;
    const int64_t shared_bytes = 4 * n * (int64_t)sb_type_bytes(SB_REAL, c->precision);
    c->tuning[T_LOG2N] = (int)c->p[P_LOG2N];
    c->tuning[T_IN_BLOCK] = n >= 16 && shared_bytes <= room_bytes;
    c->tuning[T_TRANSFORMS] = 1;
    c->tuning[T_BX] = n > 512 ? 128 : 64;
    if (!cpu) { /* enough work for the threads of a block of short transforms */
        c->tuning[T_TRANSFORMS] = n < 512 ? (int)(512 / n) : 1;
    }
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    const int64_t n = length(c), batch = (int64_t)c->p[P_BATCH];
    out[X] = (struct sb_array){"x", SB_REAL, SB_IN, 3, {batch, n, 2}};
    out[Y] = (struct sb_array){"y", SB_REAL, SB_OUT, 3, {batch, n, 2}};
    out[W_RE] = (struct sb_array){"twiddle_re", SB_REAL, SB_IN, 1, {n}};
    out[W_IM] = (struct sb_array){"twiddle_im", SB_REAL, SB_IN, 1, {n}};
    out[SCRATCH] = (struct sb_array){"scratch", SB_REAL, SB_SCRATCH, 3, {batch, n, 2}};
    return c->tuning[T_IN_BLOCK] || strcmp(c->variant, "vendor") == 0 ? 4 : 5;
}

/* exp(2πi k / n), correctly rounded but for ties of the 64-bit results: the angle is reduced exactly to one octant. */
static void root(double *re, double *im, int64_t k, int64_t n)
{
    const long double two_pi = 6.283185307179586476925286766559005768L;
    const int64_t eighths = 8 * (k % n) / n; /* 0 … 7 */
    const int64_t turned = 8 * (k % n) - eighths * n;
    const int64_t near =
        eighths % 2 ? n - turned : turned; /* eighths of an angle ≤ π / 4, times n */
    const long double angle = two_pi * (long double)near / (8 * (long double)n);
    const double cosine = (double)cosl(angle), sine = (double)sinl(angle);
    const bool swapped = eighths == 1 || eighths == 2 || eighths == 5 || eighths == 6;
    const double x = swapped ? sine : cosine, y = swapped ? cosine : sine;
    *re = eighths >= 2 && eighths <= 5 ? -x : x;
    *im = eighths >= 4 ? -y : y;
}

/* Frequency and amplitude of the tone of transform @p z. */
static int64_t tone_frequency(const struct sb_case *c, int64_t z)
{
    return (int64_t)(sb_random_bits(c->seed, STREAM_TONE, (uint64_t)(2 * z)) % (uint64_t)length(c));
}

static double tone_amplitude(const struct sb_case *c, int64_t z)
{
    const double a = sb_random(c->seed, STREAM_TONE, (uint64_t)(2 * z + 1), 0.5, 1);
    return c->precision == SB_FLOAT ? (double)(float)a : a;
}

static void fill(const struct sb_case *c, struct sb_host *host)
{
    const int64_t n = length(c), batch = (int64_t)c->p[P_BATCH];
    double *x = sb_reals(host, X);
    if ((int)c->p[P_INPUT] == RANDOM) {
        for (int64_t i = 0; i < 2 * n * batch; ++i) {
            x[i] = sb_random(c->seed, X, (uint64_t)i, -1, 1);
        }
    } else {
        for (int64_t z = 0; z < batch; ++z) {
            for (int64_t j = 0; j < n; ++j) {
                double *point = x + 2 * (z * n + j);
                root(&point[0], &point[1], tone_frequency(c, z) * j % n, n);
                point[0] *= tone_amplitude(c, z);
                point[1] *= tone_amplitude(c, z);
            }
        }
    }
    double *re = sb_reals(host, W_RE), *im = sb_reals(host, W_IM);
    memset(re, 0, (size_t)n * sizeof(*re));
    memset(im, 0, (size_t)n * sizeof(*im));
    struct pass pass[16];
    const int count = passes(pass, c);
    for (int i = 0; i + 1 < count; ++i) {
        for (int64_t k = 1; k < pass[i].radix; ++k) {
            for (int64_t p = 0; p < pass[i].m; ++p) {
                const int64_t at = n - n / pass[i].s + (k - 1) * pass[i].m + p;
                root(&re[at], &im[at], p * k, pass[i].radix * pass[i].m);
                im[at] = -im[at];
            }
        }
    }
}

static void launch_passes(struct sb_launches *out, const struct sb_case *c)
{
    static const char *const middle[] = {[4] = "fft_middle4", [8] = "fft_middle8"};
    static const char *const last[] = {[2] = "fft_last2", [4] = "fft_last4", [8] = "fft_last8"};
    const int64_t n = length(c), batch = (int64_t)c->p[P_BATCH];
    struct pass pass[16];
    const int count = passes(pass, c);
    int from = X;
    for (int i = 0; i < count; ++i) {
        const int64_t s = pass[i].s, m = pass[i].m;
        const int to = (count - 1 - i) % 2 ? SCRATCH : Y;
        if (i == count - 1) {
            sb_launch(out, last[pass[i].radix], SB_EACH_2D(s, batch),
                      SB_ARGS(SB_A(from), SB_A(to), SB_I(n), SB_I(batch)));
        } else if (i == 0) {
            sb_launch(out, "fft_first8", SB_EACH_2D(m, batch),
                      SB_ARGS(SB_A(from), SB_A(to), SB_A(W_RE), SB_A(W_IM), SB_I(n), SB_I(batch)));
        } else {
            sb_launch(out, middle[pass[i].radix], SB_EACH_3D(s, m, batch),
                      SB_ARGS(SB_A(from), SB_A(to), SB_A(W_RE), SB_A(W_IM), SB_I(n - n / s),
                              SB_I(s), SB_I(m), SB_I(batch)));
        }
        from = to;
    }
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    const int64_t batch = (int64_t)c->p[P_BATCH], per_block = c->tuning[T_TRANSFORMS];
    if (strcmp(c->variant, "vendor") == 0) {
        sb_launch(out, "fft_vendor", SB_ONCE(),
                  SB_ARGS(SB_A(X), SB_A(Y), SB_I(length(c)), SB_I(batch)));
    } else if (c->tuning[T_IN_BLOCK]) {
        sb_launch(out, "fft_block",
                  SB_BLOCKS_1D((batch + per_block - 1) / per_block, c->tuning[T_BX]),
                  SB_ARGS(SB_A(X), SB_A(Y), SB_A(W_RE), SB_A(W_IM), SB_I(batch)));
    } else {
        launch_passes(out, c);
    }
}

/*
 * flop is what the source executes: a butterfly of radix 2, 4, 8 has 4, 16, 56, a twiddle 6 (none in the last pass).
 * items is the convention by which transforms are compared, 5 n log2 n (FFTW's benchFFT), used for a vendor's flop too.
 */
static void work(struct sb_work *out, const struct sb_case *c)
{
    const double n = (double)length(c), batch = c->p[P_BATCH];
    const double bytes = (double)sb_type_bytes(SB_REAL, c->precision);
    const bool vendor = strcmp(c->variant, "vendor") == 0;
    const bool fused = vendor || c->tuning[T_IN_BLOCK];
    struct pass pass[16];
    const int count = passes(pass, c);
    double flop = 0, twiddles = 0;
    for (int i = 0; i < count; ++i) {
        const double radix = pass[i].radix, others = i + 1 < count ? radix - 1 : 0;
        flop += batch * n / radix * ((radix == 8 ? 56 : radix == 4 ? 16 : 4) + 6 * others);
        twiddles += others * (double)pass[i].m;
    }
    const double trips = fused ? 1 : count;
    *out = (struct sb_work){
        .flop = vendor ? 5 * n * c->p[P_LOG2N] * batch : flop,
        .read_bytes = bytes * (trips * 2 * n * batch + (vendor ? 0 : 2 * twiddles)),
        .write_bytes = bytes * trips * 2 * n * batch,
        .write_allocate_bytes = bytes * trips * 2 * n * batch,
        .items = 5 * n * c->p[P_LOG2N] * batch,
    };
}

/* In place, radix 2: bit reversal, then log2 n levels (Cooley, Tukey, Math. Comp. 19, 1965). */
static void serial_transforms(double *x, int log2n, int64_t batch)
{
    const int64_t n = (int64_t)1 << log2n;
    for (int64_t z = 0; z < batch; ++z) {
        for (int64_t i = 0, r = 0; i < n; ++i) {
            if (i < r) {
                for (int part = 0; part < 2; ++part) {
                    const double old = x[2 * (z * n + i) + part];
                    x[2 * (z * n + i) + part] = x[2 * (z * n + r) + part];
                    x[2 * (z * n + r) + part] = old;
                }
            }
            int64_t bit = n >> 1;
            for (; r & bit; bit >>= 1) {
                r ^= bit;
            }
            r |= bit;
        }
    }
    for (int64_t half = 1; half < n; half *= 2) {
        for (int64_t k = 0; k < half; ++k) {
            double w_re, w_im;
            root(&w_re, &w_im, 2 * half - k, 2 * half);
            for (int64_t at = k; at < n * batch; at += 2 * half) {
                double *a = x + 2 * at, *b = a + 2 * half;
                const double re = b[0] * w_re - b[1] * w_im, im = b[0] * w_im + b[1] * w_re;
                b[0] = a[0] - re;
                b[1] = a[1] - im;
                a[0] += re;
                a[1] += im;
            }
        }
    }
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    const int64_t batch = (int64_t)c->p[P_BATCH];
    memcpy(sb_reals(host, Y), sb_reals(host, X), (size_t)(2 * length(c) * batch) * sizeof(double));
    serial_transforms(sb_reals(host, Y), (int)c->p[P_LOG2N], batch);
}

/*
 * ‖ŷ − y‖₂ ≤ t η / (1 − t η) ‖y‖₂ with t = log2 n levels, η = μ + γ_4 (√2 + μ), μ the error of the twiddles (Higham,
 * Accuracy and Stability, 2nd ed., theorem 24.2). A pass of radix 4 or 8 is two or three levels whose inner twiddles are
 * exact or (±1 − i)/√2, and it multiplies by its own once, so a level never errs more than there; contraction only
 * removes roundings. Stored twiddles are within u of the true ones; μ = 2 u. An element errs at most as the 2-norm.
 */
static double transform_factor(const struct sb_case *c)
{
    const double mu = 2 * sb_unit_roundoff(c);
    const double eta = mu + sb_gamma(c, 4) * (sqrt(2) + mu);
    const double levels = c->p[P_LOG2N];
    return levels * eta / (1 - levels * eta);
}

static struct sb_case as_double(const struct sb_case *c)
{
    struct sb_case other = *c;
    other.precision = SB_DOUBLE;
    return other;
}

static double norm(const double *x, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
        sum += x[i] * x[i];
    }
    return sqrt(sum);
}

/* All transforms of up to 2^22 points, else as many, at least one, one of each equal part of the batch, at random. */
static int64_t sampled_transforms(const struct sb_case *c)
{
    const int64_t batch = (int64_t)c->p[P_BATCH], most = ((int64_t)1 << 22) / length(c);
    return batch <= most ? batch : most > 1 ? most : 1;
}

static int check_reference(struct sb_verdict *v, const struct sb_case *c, const double *x,
                           const double *y)
{
    const int64_t size = 2 * length(c), batch = (int64_t)c->p[P_BATCH];
    const int64_t count = sampled_transforms(c);
    const struct sb_case in_double = as_double(c);
    const double factor = transform_factor(c) + transform_factor(&in_double);
    double *buffer = malloc(sizeof(double) * (size_t)(3 * size * count));
    if (!buffer) {
        return -1;
    }
    double *got = buffer, *expected = got + size * count, *bound = expected + size * count;
    for (int64_t s = 0; s < count; ++s) {
        const int64_t first = s * batch / count, beyond = (s + 1) * batch / count;
        const int64_t z = first + (int64_t)(sb_random_bits(c->seed, STREAM_SAMPLE, (uint64_t)s) %
                                            (uint64_t)(beyond - first));
        memcpy(got + s * size, y + z * size, sizeof(double) * (size_t)size);
        memcpy(expected + s * size, x + z * size, sizeof(double) * (size_t)size);
    }
    serial_transforms(expected, (int)c->p[P_LOG2N], count);
    double worst = 0;
    for (int64_t s = 0; s < count; ++s) {
        const double size_y = norm(expected + s * size, size);
        double error = 0;
        for (int64_t i = s * size; i < (s + 1) * size; ++i) {
            error += (got[i] - expected[i]) * (got[i] - expected[i]);
            bound[i] = factor * size_y;
        }
        if (!(sqrt(error) <= worst * size_y)) {
            worst = sqrt(error) / size_y;
        }
    }
    sb_check_reals(v, count == batch ? "y, reference" : "y, reference on sampled transforms", got,
                   expected, bound, 0, size * count);
    sb_check_truth(v, "relative error of a transform in the 2-norm, worst", worst, 0, factor,
                   "Higham, Accuracy and Stability, 2nd ed., theorem 24.2");
    free(buffer);
    return 0;
}

/*
 * Linearity sees every element of every transform: Σ ± y_z = F(Σ ± x_z) with random signs, over groups of transforms.
 * Bound: the transforms' errors added up; γ in double for adding up either side (Parseval carries the input's over).
 */
static int check_linearity(struct sb_verdict *v, const struct sb_case *c, const double *x,
                           const double *y)
{
    const int64_t size = 2 * length(c), batch = (int64_t)c->p[P_BATCH], group = 64;
    const int64_t groups = (batch + group - 1) / group;
    const struct sb_case in_double = as_double(c);
    double *buffer = calloc((size_t)(3 * size * groups), sizeof(double));
    if (!buffer) {
        return -1;
    }
    double *got = buffer, *expected = got + size * groups, *bound = expected + size * groups;
    for (int64_t g = 0; g < groups; ++g) {
        double size_y = 0;
        for (int64_t z = g * group; z < (g + 1) * group && z < batch; ++z) {
            const double sign = sb_random_bits(c->seed, STREAM_SIGN, (uint64_t)z) & 1 ? -1 : 1;
            for (int64_t i = 0; i < size; ++i) {
                got[g * size + i] += sign * y[z * size + i];
                expected[g * size + i] += sign * x[z * size + i];
            }
            size_y += sqrt((double)length(c)) * norm(x + z * size, size);
        }
        const double factor = transform_factor(c) + transform_factor(&in_double) +
                              2 * sb_gamma(&in_double, (double)(group + size));
        for (int64_t i = 0; i < size; ++i) {
            bound[g * size + i] = factor * size_y;
        }
    }
    serial_transforms(expected, (int)c->p[P_LOG2N], groups);
    sb_check_reals(v, "sum of ± y over groups of 64 transforms = transform of the sum (linearity)",
                   got, expected, bound, 0, size * groups);
    free(buffer);
    return 0;
}

/* Parseval: ‖y‖₂ = √n ‖x‖₂ for every transform. */
static int check_parseval(struct sb_verdict *v, const struct sb_case *c, const double *x,
                          const double *y)
{
    const int64_t size = 2 * length(c), batch = (int64_t)c->p[P_BATCH];
    const struct sb_case in_double = as_double(c);
    const double factor = transform_factor(c) + 2 * sb_gamma(&in_double, (double)size + 4);
    double *buffer = malloc(sizeof(double) * (size_t)(3 * batch));
    if (!buffer) {
        return -1;
    }
    double *got = buffer, *expected = got + batch, *bound = expected + batch;
    for (int64_t z = 0; z < batch; ++z) {
        got[z] = norm(y + z * size, size);
        expected[z] = sqrt((double)length(c)) * norm(x + z * size, size);
        bound[z] = factor * expected[z];
    }
    sb_check_reals(v, "norm of y = sqrt(n) norm of x, each transform (Parseval)", got, expected,
                   bound, 0, batch);
    free(buffer);
    return 0;
}

/* The definition, in long double, at random places: a truth that shares no code with the scheme or the reference. */
static void check_definition(struct sb_verdict *v, const struct sb_case *c, const double *x,
                             const double *y)
{
    enum { SPOTS = 16 };
    const int64_t n = length(c), batch = (int64_t)c->p[P_BATCH];
    const int spots = n <= 1 << 14 ? SPOTS : 2;
    double got[2 * SPOTS], expected[2 * SPOTS], bound[2 * SPOTS];
    const struct sb_case in_double = as_double(c);
    const double factor = transform_factor(c) + sb_gamma(&in_double, 4);
    for (int s = 0; s < spots; ++s) {
        const int64_t z =
            (int64_t)(sb_random_bits(c->seed, STREAM_SPOT, 2 * (uint64_t)s) % (uint64_t)batch);
        const int64_t k =
            (int64_t)(sb_random_bits(c->seed, STREAM_SPOT, 2 * (uint64_t)s + 1) % (uint64_t)n);
        long double re = 0, im = 0;
        for (int64_t j = 0; j < n; ++j) {
            const double *point = x + 2 * (z * n + j);
            double w_re, w_im;
            root(&w_re, &w_im, n - j * k % n, n);
            re += (long double)point[0] * w_re - (long double)point[1] * w_im;
            im += (long double)point[0] * w_im + (long double)point[1] * w_re;
        }
        memcpy(got + 2 * s, y + 2 * (z * n + k), 2 * sizeof(double));
        expected[2 * s] = (double)re;
        expected[2 * s + 1] = (double)im;
        bound[2 * s] = bound[2 * s + 1] = factor * sqrt((double)n) * norm(x + 2 * z * n, 2 * n);
    }
    sb_check_reals(v, "y at random places, by definition in long double", got, expected, bound, 0,
                   2 * spots);
}

/* A tone a exp(2πi f j / n) has the spectrum a n at f and 0 elsewhere; the rounding of its points adds 4 u a n. */
static int check_tone(struct sb_verdict *v, const struct sb_case *c, const double *y)
{
    const int64_t n = length(c), batch = (int64_t)c->p[P_BATCH];
    double *expected = calloc((size_t)(4 * n * batch), sizeof(double));
    if (!expected) {
        return -1;
    }
    double *bound = expected + 2 * n * batch;
    const double factor = transform_factor(c) + 4 * sb_unit_roundoff(c);
    for (int64_t z = 0; z < batch; ++z) {
        const double height = tone_amplitude(c, z) * (double)n;
        expected[2 * (z * n + tone_frequency(c, z))] = height;
        for (int64_t i = 2 * z * n; i < 2 * (z + 1) * n; ++i) {
            bound[i] = factor * (1 + factor) * height;
        }
    }
    sb_check_reals(v, "y, spectrum of a pure tone (closed form)", y, expected, bound, 0,
                   2 * n * batch);
    free(expected);
    return 0;
}

static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    const double *x = sb_reals(before, X), *y = sb_reals(after, Y);
    if (check_reference(v, c, x, y) != 0 || check_linearity(v, c, x, y) != 0 ||
        check_parseval(v, c, x, y) != 0) {
        return -1;
    }
    check_definition(v, c, x, y);
    return (int)c->p[P_INPUT] == TONE ? check_tone(v, c, y) : 0;
}

static double verify_bytes(const struct sb_case *c)
{
    const double point_bytes = 2 * sizeof(double), batch = c->p[P_BATCH], n = (double)length(c);
    const double reference_bytes = 3 * point_bytes * n * (double)sampled_transforms(c);
    const double linearity_bytes = 3 * point_bytes * n * ceil(batch / 64);
    const double tone_bytes = (int)c->p[P_INPUT] == TONE ? 2 * point_bytes * n * batch : 0;
    return fmax(fmax(reference_bytes, linearity_bytes), tone_bytes);
}

const struct sb_kernel sb_kernel_fft = {
    .abi = SB_KERNEL_ABI,
    .name = "fft",
    .title = "batched complex Fourier transforms, powers of two, Stockham's self-sorting scheme",
    .source = "Cochran et al., Proc. IEEE 55 (1967); Van Loan, Computational Frameworks for the "
              "FFT, SIAM (1992), section 1.7",
    .item = "conventional flop",
    .params = params,
    .presets = presets,
    .tunings = tunings,
    .vendors = vendors,
    .precisions = 1 << SB_DOUBLE | 1 << SB_FLOAT,
    .fit = fit,
    .tune = tune,
    .arrays = arrays,
    .fill = fill,
    .launches = launches,
    .work = work,
    .reference = reference,
    .verify = verify,
    .verify_bytes = verify_bytes,
};
