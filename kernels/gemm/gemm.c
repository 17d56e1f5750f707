/* SPDX-License-Identifier: Apache-2.0 */
/* gemm: C = alpha A B + beta C, row-major, A m × k, B k × n, C m × n. Tolerance and truths: README.md. */
#include "kernels/kernel.h"
#include "kernels/toolbox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P_M, P_N, P_K, P_ALPHA, P_BETA };
enum { T_BX, T_BY, T_MR, T_NU, T_NV, T_TILE_K, T_PAD, T_SPREAD };
enum { A, B, C };

static const struct sb_param params[] = {
    {"m", "1", "rows of A and C; 0: as n", 0, 1e6, 0, true, NULL},
    {"n", "1", "columns of B and C", 1, 1e6, 512, true, NULL},
    {"k", "1", "columns of A, rows of B; 0: as n", 0, 1e6, 0, true, NULL},
    {"alpha", "1", "factor of A B", -1e3, 1e3, 1.25, false, NULL},
    {"beta", "1", "factor of the old C; at most 1, so that C stays bounded", -1, 1, 0.5, false,
     NULL},
    {.name = NULL},
};

static const struct sb_preset presets[] = {
    {"tiny", "double", SB_DOUBLE, false, {{"n", 64}}},
    {"tiny", "float", SB_FLOAT, false, {{"n", 64}}},
    {"tiny", "odd", SB_DOUBLE, false, {{"m", 61}, {"n", 83}, {"k", 37}}},
    {"tiny", "odd-float", SB_FLOAT, false, {{"m", 203}, {"n", 97}, {"k", 131}, {"beta", -1}}},
    {"tiny", "wide", SB_DOUBLE, false, {{"m", 1}, {"n", 401}, {"k", 139}, {"alpha", -1}}},
    {"tiny", "deep", SB_DOUBLE, false, {{"m", 19}, {"n", 1}, {"k", 700}, {"beta", 0}}},
    {"small", "double", SB_DOUBLE, false, {{"n", 1024}}},
    {"small", "float", SB_FLOAT, false, {{"n", 1024}}},
    {"medium", "double", SB_DOUBLE, false, {{"n", 2048}}},
    {"medium", "float", SB_FLOAT, false, {{"n", 2048}}},
    {"large", "double", SB_DOUBLE, true, {{NULL, 0}}},
    {"large", "float", SB_FLOAT, true, {{NULL, 0}}},
    {.preset = NULL},
};

/* The usual values are a GPU's: 64 × 64 elements of C by 16 × 16 threads. The cpu values are for 512-bit vectors of
 * doubles; tune() fits them to the vectors, the precision and the matrix. Those of opencl suit CPU devices (PoCL: four
 * times the GPU's) and stay within the 32 KiB of local memory that every device has. */
static const struct sb_tuning tunings[] = {
    {"BX", "threads of a block along n", 16, {{"cpu", 24}, {"opencl", 4}}},
    {"BY", "threads of a block along m", 16, {{"cpu", 24}, {"opencl", 4}}},
    {"MR", "rows of a thread's micro-tile", 4, {{"cpu", 8}, {"opencl", 8}}},
    {"NU", "vectors in a row of a thread's micro-tile", 4, {{"cpu", 2}, {"opencl", 2}}},
    {"NV", "elements of such a vector", 1, {{"cpu", 8}, {"opencl", 8}}},
    {"TILE_K", "columns of A and rows of B in shared memory", 16, {{"cpu", 128}, {"opencl", 32}}},
    {"PAD", "elements between the rows of A in shared memory", 1, {{"cpu", 0}, {"opencl", 0}}},
    {"SPREAD",
     "1: neighbouring threads hold neighbouring columns; 0: panels",
     1,
     {{"cpu", 0}, {"opencl", 0}}},
    {.name = NULL},
};

static const struct sb_vendor vendors[] = {
    {"cpu", "libopenblas.so.0", NULL, "libopenblas0-openmp"},
    {"cuda", "libcublas", NULL, "the CUDA toolkit's cuBLAS"},
    {.backend = NULL},
};

static int64_t extent(const struct sb_case *c, int param)
{
    return (int64_t)(c->p[param] > 0 ? c->p[param] : c->p[P_N]);
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static void fit(double *p, enum sb_precision precision, double memory_bytes)
{
    const double element_bytes = precision == SB_FLOAT ? 4 : 8;
    const double n = floor(sqrt(memory_bytes / (3 * element_bytes)) / 64) * 64;
    p[P_M] = p[P_K] = 0;
    p[P_N] = fmax(64, fmin(n, 4096)); /* 4096³: 137 Gflop, a second or two on a few cores */
}

/* Threads of a block along m: as many tiles as @p usual gives, rounded up so that rows of tiles can be dealt evenly to
 * @p parts, then the tile cut to fit; @p micro is the rows of one thread. */
static int even_threads(int64_t length, int usual, int micro, int parts)
{
    int64_t tiles = ceil_div(length, (int64_t)usual * micro);
    tiles = ceil_div(tiles, parts) * parts;
    const int64_t threads = ceil_div(ceil_div(length, tiles), micro);
    return threads < usual ? (int)threads : usual;
}

static void tune(struct sb_case *c, const struct sb_machine *machine)
{
    int *t = c->tuning;
    const bool gpu = strcmp(machine->backend, "cuda") == 0 || strcmp(machine->backend, "hip") == 0;
    if (gpu || strcmp(machine->backend, "twin") == 0) { /* the twin executes what a GPU would */
        /* of p, a thread reads MR + NU elements for MR NU products: shared memory feeds one of them while the units do
         * two of double (H100: 128 bytes and 64 fused products per clock), four of float */
        t[T_MR] = 8;
        t[T_NU] = c->precision == SB_FLOAT ? 8 : 4;
    }
    if (strcmp(machine->backend, "cpu") != 0) {
        return;
    }
    const int64_t m = extent(c, P_M), n = extent(c, P_N);
    const int lane_bytes = c->precision == SB_FLOAT ? 4 : 8;
    const int simd_bytes = machine->simd_bytes >= 16 ? machine->simd_bytes : 64;
    t[T_NV] = simd_bytes / lane_bytes;
    if (simd_bytes == 32) { /* 16 registers: 12 sums, 2 of B, 1 of A */
        t[T_MR] = 6;
    }
    /* A tile of C is about 192 rows × 3 KiB: with A and B 1.2 MB, most of it passed over once per step. */
    const int threads_x = 24 * 128 / (t[T_NU] * t[T_NV] * lane_bytes);
    const int threads_y = 192 / t[T_MR];
    /* No micro-tile wider or higher than C: what hangs over is computed for nothing. */
    t[T_MR] = m < t[T_MR] ? (int)m : t[T_MR];
    t[T_NU] = n <= t[T_NV] ? 1 : t[T_NU];
    while (t[T_NV] > 1 && n <= t[T_NV] / 2) {
        t[T_NV] /= 2;
    }
    const int64_t across = ceil_div(n, (int64_t)t[T_NU] * t[T_NV]);
    t[T_BX] = across < threads_x ? (int)across : threads_x;
    t[T_BY] = even_threads(m, threads_y, t[T_MR], machine->cores > 0 ? machine->cores : 1);
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    const int64_t m = extent(c, P_M), n = extent(c, P_N), k = extent(c, P_K);
    out[A] = (struct sb_array){"a", SB_REAL, SB_IN, 2, {m, k}};
    out[B] = (struct sb_array){"b", SB_REAL, SB_IN, 2, {k, n}};
    out[C] = (struct sb_array){"c", SB_REAL, SB_INOUT, 2, {m, n}};
    return 3;
}

static void fill(const struct sb_case *c, struct sb_host *host)
{
    for (int array = A; array <= C; ++array) {
        const int64_t count = sb_array_count(&host->array[array]);
        double *x = sb_reals(host, array);
        for (int64_t i = 0; i < count; ++i) {
            x[i] = sb_random(c->seed, (uint64_t)array, (uint64_t)i, -1, 1);
        }
    }
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    const int64_t m = extent(c, P_M), n = extent(c, P_N), k = extent(c, P_K);
    const struct sb_arg *args = SB_ARGS(SB_A(A), SB_A(B), SB_A(C), SB_R(c->p[P_ALPHA]),
                                        SB_R(c->p[P_BETA]), SB_I(m), SB_I(n), SB_I(k));
    if (strcmp(c->variant, "vendor") == 0) {
        sb_launch(out, "gemm_vendor", SB_ONCE(), args);
        return;
    }
    if (strcmp(c->variant, "native") ==
        0) { /* gemm.native.gpu.cu: a thread has 8 × 8 sums of float, 8 × 4 of double */
        const int64_t wide = c->precision == SB_FLOAT ? 128 : 64;
        sb_launch(out,
                  wide == 128 ? "gemm_tiles<128, 128, 8, 8, 8>" : "gemm_tiles<128, 64, 8, 8, 4>",
                  SB_BLOCKS_2D(ceil_div(n, wide), ceil_div(m, 128), 256, 1), args);
        return;
    }
    const int *t = c->tuning;
    sb_launch(out, "gemm",
              SB_BLOCKS_2D(ceil_div(n, (int64_t)t[T_BX] * t[T_NU] * t[T_NV]),
                           ceil_div(m, (int64_t)t[T_BY] * t[T_MR]), t[T_BX], t[T_BY]),
              args);
}

/* Columns that the threads of a row of tiles really sum: whole micro-tiles, wherever their first column is in C. */
static double summed_columns(const struct sb_case *c)
{
    const int *t = c->tuning;
    const int64_t micro = (int64_t)t[T_NU] * t[T_NV], tile = t[T_BX] * micro;
    const int64_t n = extent(c, P_N), rest = n % tile;
    const int64_t threads = t[T_SPREAD] ? ceil_div(rest, t[T_NV]) : ceil_div(rest, micro);
    return (double)(n - rest + (threads < t[T_BX] ? threads : t[T_BX]) * micro);
}

/* flop is what the source executes: sums of whole micro-tiles (a vendor's: none beyond C). items is the convention. */
static void work(struct sb_work *out, const struct sb_case *c)
{
    const double m = (double)extent(c, P_M), n = (double)extent(c, P_N), k = (double)extent(c, P_K);
    const double bytes = (double)sb_type_bytes(SB_REAL, c->precision);
    const bool vendor =
        strcmp(c->variant, "portable") != 0; /* or native: sums beyond C are not counted */
    const double rows = vendor ? m : ceil(m / c->tuning[T_MR]) * c->tuning[T_MR];
    const double cols = vendor ? n : summed_columns(c);
    *out = (struct sb_work){
        .flop = 2 * rows * cols * k + 3 * m * n,
        .read_bytes = bytes * (m * k + k * n + m * n),
        .write_bytes = bytes * m * n,
        .write_allocate_bytes = 0, /* C is read before it is written */
        .items = 2 * m * n * k,
    };
}

/* A factor as the device receives it. */
static double factor(const struct sb_case *c, int param)
{
    return c->precision == SB_FLOAT ? (double)(float)c->p[param] : c->p[param];
}

/* One row of C: row = beta row + Σ_p (alpha a[p]) B[p]. With @p absolute, of the absolute values. */
static void true_row(double *row, const struct sb_case *c, const double *a, const double *b,
                     bool absolute)
{
    const int64_t n = extent(c, P_N), k = extent(c, P_K);
    const double alpha = factor(c, P_ALPHA), beta = factor(c, P_BETA);
    for (int64_t j = 0; j < n; ++j) {
        row[j] = absolute ? fabs(beta * row[j]) : beta * row[j];
    }
    for (int64_t p = 0; p < k; ++p) {
        const double left = absolute ? fabs(alpha * a[p]) : alpha * a[p];
        const double *right = b + p * n;
        if (absolute) {
            for (int64_t j = 0; j < n; ++j) {
                row[j] += left * fabs(right[j]);
            }
        } else {
            for (int64_t j = 0; j < n; ++j) {
                row[j] += left * right[j];
            }
        }
    }
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    const int64_t m = extent(c, P_M), n = extent(c, P_N), k = extent(c, P_K);
    for (int64_t i = 0; i < m; ++i) {
        true_row(sb_reals(host, C) + i * n, c, sb_reals(host, A) + i * k, sb_reals(host, B), false);
    }
}

/* Rows compared with the reference: all of a small product, else one of each 64th of C, at random. */
static int64_t checked_rows(const struct sb_case *c)
{
    const int64_t m = extent(c, P_M);
    const double multiplications = (double)m * (double)extent(c, P_N) * (double)extent(c, P_K);
    return multiplications <= 0x1p24 || m <= 64 ? m : 64;
}

/*
 * |C' − C_exact| ≤ γ_{k+3} (|alpha| |A| |B| + |beta| |C|), element by element: a product meets at most one rounding by
 * B, one by alpha, k by additions; beta C one or two (Higham, 2nd ed., §3.5). This holds for every order, tiling and
 * contraction. The reference is in double and errs as much with its own u. γ_{k+4} instead of γ_{k+3} covers the
 * rounding of the bound itself.
 */
static double element_factor(const struct sb_case *c)
{
    struct sb_case in_double = *c;
    in_double.precision = SB_DOUBLE;
    const double roundings = (double)extent(c, P_K) + 4;
    return sb_gamma(c, roundings) + sb_gamma(&in_double, roundings);
}

static int check_rows(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                      const struct sb_host *after)
{
    const int64_t m = extent(c, P_M), n = extent(c, P_N), k = extent(c, P_K);
    const int64_t rows = checked_rows(c);
    const double bound_factor = element_factor(c);
    double *buffer = malloc(3 * (size_t)(rows * n) * sizeof(*buffer));
    if (!buffer) {
        return -1;
    }
    double *got = buffer, *expected = got + rows * n, *bound = expected + rows * n;
    for (int64_t s = 0; s < rows; ++s) {
        const int64_t first = s * m / rows, beyond = (s + 1) * m / rows;
        const int64_t i =
            first + (int64_t)(sb_random_bits(c->seed, 8, (uint64_t)s) % (uint64_t)(beyond - first));
        const size_t row_bytes = (size_t)n * sizeof(double);
        memcpy(got + s * n, sb_reals(after, C) + i * n, row_bytes);
        memcpy(expected + s * n, sb_reals(before, C) + i * n, row_bytes);
        memcpy(bound + s * n, sb_reals(before, C) + i * n, row_bytes);
        true_row(expected + s * n, c, sb_reals(before, A) + i * k, sb_reals(before, B), false);
        true_row(bound + s * n, c, sb_reals(before, A) + i * k, sb_reals(before, B), true);
        for (int64_t j = 0; j < n; ++j) {
            bound[s * n + j] *= bound_factor;
        }
    }
    sb_check_reals(v, rows == m ? "C, reference" : "C, reference on 64 sampled rows", got, expected,
                   bound, 0, rows * n);
    free(buffer);
    return 0;
}

/* Columns of one test vector of Freivalds' check: all random signs, zero outside its own columns. */
static int64_t group_columns(const struct sb_case *c)
{
    const int64_t n = extent(c, P_N), columns = ceil_div(n, 64);
    return columns < 64 ? 64 : columns;
}

/* sums[r][g] = Σ ± x[r][j] and sizes[r][g] = Σ |x[r][j]| over the columns j of group g. */
static void sum_groups(double *sums, double *sizes, const struct sb_case *c, const double *x,
                       int64_t rows)
{
    const int64_t n = extent(c, P_N), columns = group_columns(c), groups = ceil_div(n, columns);
    memset(sums, 0, (size_t)(rows * groups) * sizeof(*sums));
    memset(sizes, 0, (size_t)(rows * groups) * sizeof(*sizes));
    for (int64_t r = 0; r < rows; ++r) {
        for (int64_t j = 0; j < n; ++j) {
            const bool minus = sb_random_bits(c->seed, 9, (uint64_t)j) & 1;
            const double value = x[r * n + j];
            sums[r * groups + j / columns] += minus ? -value : value;
            sizes[r * groups + j / columns] += fabs(value);
        }
    }
}

/*
 * Freivalds (MFCS 1979): C' r = alpha A (B r) + beta C r for random r, in O(n²). With r over all n columns the bounds
 * of n elements would add up to more than one float element is worth, so each r spans one group of columns and every
 * group has one: all rows and all columns are seen. Bound: the elements' bounds added up, and γ_{k+columns+4} in
 * double for evaluating both sides.
 */
static int check_freivalds(struct sb_verdict *v, const struct sb_case *c,
                           const struct sb_host *before, const struct sb_host *after)
{
    const int64_t m = extent(c, P_M), n = extent(c, P_N), k = extent(c, P_K);
    const int64_t columns = group_columns(c), groups = ceil_div(n, columns);
    const double alpha = factor(c, P_ALPHA), beta = factor(c, P_BETA);
    struct sb_case in_double = *c;
    in_double.precision = SB_DOUBLE;
    const double evaluation = sb_gamma(&in_double, (double)(k + columns + 4));
    const double bound_factor = element_factor(c) + evaluation;
    double *buffer = malloc((size_t)(2 * k + 4 * m) * (size_t)groups * sizeof(*buffer));
    if (!buffer) {
        return -1;
    }
    double *b = buffer, *b_size = b + k * groups;
    double *got = b_size + k * groups, *got_size = got + m * groups;
    double *expected = got_size + m * groups, *bound = expected + m * groups;
    sum_groups(b, b_size, c, sb_reals(before, B), k);
    sum_groups(got, got_size, c, sb_reals(after, C), m);
    sum_groups(expected, bound, c, sb_reals(before, C), m);
    for (int64_t i = 0; i < m; ++i) {
        double *e = expected + i * groups, *size = bound + i * groups;
        const double *a = sb_reals(before, A) + i * k;
        for (int64_t g = 0; g < groups; ++g) {
            e[g] *= beta;
            size[g] *= fabs(beta);
        }
        for (int64_t p = 0; p < k; ++p) {
            for (int64_t g = 0; g < groups; ++g) {
                e[g] += alpha * a[p] * b[p * groups + g];
                size[g] += fabs(alpha * a[p]) * b_size[p * groups + g];
            }
        }
        for (int64_t g = 0; g < groups; ++g) {
            size[g] = bound_factor * size[g] + evaluation * got_size[i * groups + g];
        }
    }
    sb_check_reals(v, "C r = alpha A (B r) + beta C r (Freivalds 1979), [row][group of columns]",
                   got, expected, bound, 0, m * groups);
    free(buffer);
    return 0;
}

static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    if (check_rows(v, c, before, after) != 0) {
        return -1;
    }
    return check_freivalds(v, c, before, after);
}

static double verify_bytes(const struct sb_case *c)
{
    const double groups = (double)ceil_div(extent(c, P_N), group_columns(c));
    const double freivalds = (double)(2 * extent(c, P_K) + 4 * extent(c, P_M)) * groups;
    const double rows = 3 * (double)checked_rows(c) * (double)extent(c, P_N);
    return 8 * fmax(freivalds, rows);
}

const struct sb_kernel sb_kernel_gemm = {
    .abi = SB_KERNEL_ABI,
    .name = "gemm",
    .title = "dense matrix product C = alpha A B + beta C, blocked in shared memory and registers",
    .source = "Dongarra et al., ACM TOMS 16 (1990), level 3 BLAS; blocking: Goto, van de Geijn, "
              "ACM TOMS 34 (2008)",
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
