/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sparse matrix times vector, y = A x, compressed sparse rows.
 *
 * Tolerance. The y of a row of k elements is a sum of k products. However it is ordered, and with or without fused
 * multiply-add, no term passes more than 1 (product) + k (additions to a partial sum that began as zero) + 2 (adding
 * the four partial sums) roundings, so |y − ŷ| ≤ γ_{k+3} Σ|a||x| (Higham, Accuracy and Stability, 2nd ed., §3.1, 4.2).
 * The reference does the same in double, with γ'_{k+1}; one more u covers that Σ|a||x| is itself rounded.
 *
 * Truths. A·1 on the HPCG matrix is 27 − (cells of the 3 × 3 × 3 neighbourhood inside the grid), exactly: all partial
 * sums are small whole numbers. Symmetry: both matrices are symmetric, so for any z, z·(Ax) = x·(Az); Ax is the
 * device's, Az is summed here in double-double, for HPCG from the grid and not from the arrays.
 */
#include "kernels/kernel.h"
#include "kernels/toolbox.h"

#include <stdlib.h>
#include <string.h>

enum { NX, MATRIX, INPUT, LONGEST, MAPPING };
enum { HPCG, SKEWED };
enum { RANDOM, ONES };
enum { AUTO, TEAMS };
enum { ROW_START, COLUMN, VALUE, X, Y };
enum { TEAM, ROWS };
#define PARTS 4 /* as in spmv.dev.c */
enum { STREAM_SHUFFLE = 16, STREAM_EDGE, STREAM_VALUE, STREAM_Z };

static const char *const matrices[] = {"hpcg", "skewed", NULL};
static const char *const inputs[] = {"random", "ones", NULL};
static const char *const mappings[] = {"auto", "teams", NULL};

static const struct sb_param params[] = {
    {.name = "nx",
     .unit = "1",
     .help = "edge of the grid; the matrix has nx^3 rows",
     .least = 1,
     .most = 430,
     .usual = 64,
     .whole = true},
    {.name = "matrix",
     .unit = "1",
     .help = "HPCG's 27-point matrix, or a random symmetric one with Zipf-like row lengths",
     .most = 1,
     .usual = HPCG,
     .whole = true,
     .choices = matrices},
    {.name = "input",
     .unit = "1",
     .help = "x: random in [-1, 1), or all ones",
     .most = 1,
     .usual = RANDOM,
     .whole = true,
     .choices = inputs},
    {.name = "longest",
     .unit = "1",
     .help = "skewed: about how many elements the longest rows have",
     .least = 2,
     .most = 1e6,
     .usual = 4096,
     .whole = true},
    {.name = "mapping",
     .unit = "1",
     .help = "auto: as TEAM says; teams: four threads share a row",
     .most = 1,
     .usual = AUTO,
     .whole = true,
     .choices = mappings},
    {0},
};

static const struct sb_preset presets[] = {
    {.preset = "tiny", .label = "hpcg", .settings = {{"nx", 11}}},
    {.preset = "tiny", .label = "hpcg_ones", .settings = {{"nx", 11}, {"input", ONES}}},
    {.preset = "tiny", .label = "hpcg_float", .precision = SB_FLOAT, .settings = {{"nx", 9}}},
    {.preset = "tiny",
     .label = "skewed",
     .settings = {{"nx", 13}, {"matrix", SKEWED}, {"longest", 300}}},
    {.preset = "tiny",
     .label = "skewed_float",
     .precision = SB_FLOAT,
     .settings = {{"nx", 12}, {"matrix", SKEWED}, {"longest", 200}}},
    {.preset = "tiny", .label = "hpcg_teams", .settings = {{"nx", 11}, {"mapping", TEAMS}}},
    {.preset = "tiny",
     .label = "skewed_teams",
     .precision = SB_FLOAT,
     .settings = {{"nx", 13}, {"matrix", SKEWED}, {"longest", 300}, {"mapping", TEAMS}}},
    {.preset = "small", .label = "hpcg", .settings = {{"nx", 64}}},
    {.preset = "small", .label = "skewed", .settings = {{"nx", 64}, {"matrix", SKEWED}}},
    {.preset = "medium", .label = "hpcg", .settings = {{"nx", 104}}},
    {.preset = "medium", .label = "skewed", .settings = {{"nx", 104}, {"matrix", SKEWED}}},
    {.preset = "large", .label = "hpcg", .fit = true},
    {.preset = "large", .label = "skewed", .fit = true, .settings = {{"matrix", SKEWED}}},
    {0},
};

static const struct sb_tuning tunings[] = {
    /* PoCL, the OpenCL device that every machine has, is a CPU. */
    {"TEAM", "threads that share a row: 1, or more for four", PARTS, {{"cpu", 1}, {"opencl", 1}}},
    {"ROWS", "rows per block where threads share rows", 64, {{0}}},
    {0},
};

static int64_t row_count(const struct sb_case *c)
{
    return (int64_t)(c->p[NX] * c->p[NX] * c->p[NX]);
}

/*
 * The skewed matrix. Rows have ranks 1 … n. Rank j has an edge into each of the stretches of `stretch` ranks that
 * follow it, to a random rank there, so about n/j edges up to `longest`: Zipf's law, no edge twice, and as many
 * edges as closed form says whatever the seed. Ranks are then shuffled to rows; every row has its diagonal element.
 */
static int64_t least_stretch(const struct sb_case *c)
{
    const int64_t s = row_count(c) / (int64_t)c->p[LONGEST];
    return s < 1 ? 1 : s;
}

/* Σ_{m=0}^{last} ⌊m/w⌋ */
static int64_t floor_sum(int64_t last, int64_t w)
{
    const int64_t q = last / w;
    return q * (q - 1) / 2 * w + q * (last % w + 1);
}

/* Σ_j ⌊(n − j)/max(j, w)⌋: below w in closed form, above grouped by equal quotients. */
static int64_t edge_count(const struct sb_case *c)
{
    const int64_t n = row_count(c);
    const int64_t w = least_stretch(c);
    int64_t sum = w > 1 ? floor_sum(n - 1, w) - floor_sum(n - w, w) : 0;
    for (int64_t j = w; j <= n;) {
        const int64_t q = n / j;
        const int64_t next = n / q + 1;
        sum += (q - 1) * (next - j);
        j = next;
    }
    return sum;
}

static int64_t element_count(const struct sb_case *c)
{
    const int64_t line =
        3 * (int64_t)c->p[NX] - 2; /* Σ over a line of the 3 (at the ends 2) neighbours */
    return c->p[MATRIX] == HPCG ? line * line * line : row_count(c) + 2 * edge_count(c);
}

static const char *refuse(const struct sb_case *c)
{
    if (element_count(c) > INT32_MAX) {
        return "the matrix has more than 2147483647 elements, which 32-bit row offsets cannot "
               "count: "
               "choose a smaller nx";
    }
    return NULL;
}

/* 27 elements a row; nx = 160 (110 million elements) is out of any cache, more would only take the host longer. */
static void fit(double *p, enum sb_precision precision, double memory_bytes)
{
    const double real_bytes = (double)sb_type_bytes(SB_REAL, precision);
    const double row_bytes = 27 * (4 + real_bytes) + 4 + 2 * real_bytes;
    p[NX] = floor(fmax(1, fmin(cbrt(memory_bytes / row_bytes), 160)));
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    const int64_t n = row_count(c);
    const int64_t elements = element_count(c);
    out[ROW_START] = (struct sb_array){"row_start", SB_INT32, SB_IN, 1, {n + 1}};
    out[COLUMN] = (struct sb_array){"column", SB_INT32, SB_IN, 1, {elements}};
    out[VALUE] = (struct sb_array){"value", SB_REAL, SB_IN, 1, {elements}};
    out[X] = (struct sb_array){"x", SB_REAL, SB_IN, 1, {n}};
    out[Y] = (struct sb_array){"y", SB_REAL, SB_OUT, 1, {n}};
    return 5;
}

/* The cells of the neighbourhood of @p row, itself included, that lie in the grid, ascending; returns how many. */
static int neighbours(int32_t out[27], int32_t nx, int32_t row)
{
    const int32_t i = row % nx, j = row / nx % nx, k = row / nx / nx;
    int count = 0;
    for (int32_t kk = k > 0 ? k - 1 : 0; kk <= k + 1 && kk < nx; ++kk) {
        for (int32_t jj = j > 0 ? j - 1 : 0; jj <= j + 1 && jj < nx; ++jj) {
            for (int32_t ii = i > 0 ? i - 1 : 0; ii <= i + 1 && ii < nx; ++ii) {
                out[count++] = (kk * nx + jj) * nx + ii;
            }
        }
    }
    return count;
}

static void fill_hpcg(const struct sb_case *c, struct sb_host *host)
{
    int32_t *start = sb_int32s(host, ROW_START);
    int32_t *column = sb_int32s(host, COLUMN);
    double *value = sb_reals(host, VALUE);
    const int32_t n = (int32_t)row_count(c);
    start[0] = 0;
    for (int32_t row = 0; row < n; ++row) {
        const int32_t first = start[row];
        const int count = neighbours(&column[first], (int32_t)c->p[NX], row);
        for (int k = 0; k < count; ++k) {
            value[first + k] = column[first + k] == row ? 26 : -1;
        }
        start[row + 1] = first + count;
    }
}

/* Calls take(a, b) for every edge, a and b being rows; rank j belongs to row rows[j − 1]. */
static void each_edge(const struct sb_case *c, const int32_t *rows,
                      void (*take)(void *payload, int32_t a, int32_t b), void *payload)
{
    const int64_t n = row_count(c);
    const int64_t least = least_stretch(c);
    uint64_t edge = 0;
    for (int64_t j = 1; j <= n; ++j) {
        const int64_t stretch = j > least ? j : least;
        for (int64_t from = j; from + stretch <= n; from += stretch) {
            const double offset = sb_random(c->seed, STREAM_EDGE, edge++, 0, (double)stretch);
            take(payload, rows[j - 1], rows[from + (int64_t)offset]);
        }
    }
}

struct builder {
    int32_t *start, *column;
};

static void count_edge(void *payload, int32_t a, int32_t b)
{
    struct builder *build = payload;
    ++build->start[a + 1];
    ++build->start[b + 1];
}

static void place_edge(void *payload, int32_t a, int32_t b)
{
    struct builder *build = payload;
    build->column[build->start[a]++] = b;
    build->column[build->start[b]++] = a;
}

/* Moves every element (row, column) of a symmetric pattern to (column, row): rows then ascend within each row. */
static void sort_rows(int32_t *column, const int32_t *unsorted, const int32_t *start, int32_t *next,
                      int32_t n)
{
    memcpy(next, start, (size_t)n * sizeof *next);
    for (int32_t row = 0; row < n; ++row) {
        for (int32_t k = start[row]; k < start[row + 1]; ++k) {
            column[next[unsorted[k]]++] = row;
        }
    }
}

/* Values depend on the pair alone, whichever comes first: the matrix is symmetric. */
static double value_of(const struct sb_case *c, int32_t row, int32_t column)
{
    const uint64_t low = (uint64_t)(row < column ? row : column);
    const uint64_t high = (uint64_t)(row < column ? column : row);
    return sb_random(c->seed, STREAM_VALUE, low << 32 | high, -1, 1);
}

/* Arrays that are not filled yet lend their memory: y to the shuffle, x and value to the sorting. */
static void fill_skewed(const struct sb_case *c, struct sb_host *host)
{
    const int32_t n = (int32_t)row_count(c);
    struct builder build = {sb_int32s(host, ROW_START), (int32_t *)(void *)sb_reals(host, VALUE)};
    int32_t *column = sb_int32s(host, COLUMN);
    double *value = sb_reals(host, VALUE);
    int32_t *rows = (int32_t *)(void *)sb_reals(host, Y);
    for (int32_t i = 0; i < n; ++i) { /* Fisher and Yates, inside out */
        const int32_t j = (int32_t)sb_random(c->seed, STREAM_SHUFFLE, (uint64_t)i, 0, i + 1.0);
        rows[i] = i;
        rows[i] = rows[j];
        rows[j] = i;
    }
    for (int32_t row = 0; row <= n; ++row) {
        build.start[row] = row > 0; /* the diagonal */
    }
    each_edge(c, rows, count_edge, &build);
    for (int32_t row = 0; row < n; ++row) {
        build.start[row + 1] += build.start[row];
    }
    for (int32_t row = 0; row < n; ++row) {
        build.column[build.start[row]++] = row;
    }
    each_edge(c, rows, place_edge, &build);
    for (int32_t row = n; row > 0; --row) { /* placing moved every start to its end */
        build.start[row] = build.start[row - 1];
    }
    build.start[0] = 0;
    sort_rows(column, build.column, build.start, (int32_t *)(void *)sb_reals(host, X), n);
    for (int32_t row = 0; row < n; ++row) {
        for (int32_t k = build.start[row]; k < build.start[row + 1]; ++k) {
            value[k] = value_of(c, row, column[k]);
        }
    }
}

static void fill(const struct sb_case *c, struct sb_host *host)
{
    double *x = sb_reals(host, X);
    if (c->p[MATRIX] == HPCG) {
        fill_hpcg(c, host);
    } else {
        fill_skewed(c, host);
    }
    for (int64_t i = 0; i < row_count(c); ++i) {
        x[i] = c->p[INPUT] == ONES ? 1 : sb_random(c->seed, X, (uint64_t)i, -1, 1);
    }
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    const int64_t n = row_count(c);
    const int64_t rows = c->tuning[ROWS];
    const struct sb_arg args[] = {SB_A(ROW_START), SB_A(COLUMN), SB_A(VALUE),         SB_A(X),
                                  SB_A(Y),         SB_I(n),      {.kind = SB_ARG_END}};
    if (c->p[MAPPING] == TEAMS || c->tuning[TEAM] > 1) {
        sb_launch(out, "spmv_teams", SB_BLOCKS_2D((n + rows - 1) / rows, 1, PARTS, rows), args);
    } else {
        sb_launch(out, "spmv_rows", SB_EACH_1D(n), args);
    }
}

/* Every element is a multiply-add, every row adds four partial sums. The diagonal makes all of x be read. */
static void work(struct sb_work *out, const struct sb_case *c)
{
    const double n = (double)row_count(c);
    const double elements = (double)element_count(c);
    const double real_bytes = (double)sb_type_bytes(SB_REAL, c->precision);
    out->flop = 2 * elements + 3 * n;
    out->read_bytes = (4 + real_bytes) * elements + 4 * (n + 1) + real_bytes * n;
    out->write_bytes = real_bytes * n;
    out->write_allocate_bytes = real_bytes * n;
    out->items = elements;
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    const int32_t *start = sb_int32s(host, ROW_START);
    const int32_t *column = sb_int32s(host, COLUMN);
    const double *value = sb_reals(host, VALUE);
    const double *x = sb_reals(host, X);
    double *y = sb_reals(host, Y);
    for (int64_t row = 0; row < row_count(c); ++row) {
        double sum = 0;
        for (int32_t k = start[row]; k < start[row + 1]; ++k) {
            sum += value[k] * x[column[k]];
        }
        y[row] = sum;
    }
}

/* What y must be, and how far from it each element may lie. */
static void expect(double *expected, double *bound, const struct sb_case *c,
                   const struct sb_host *before)
{
    const int32_t *start = sb_int32s(before, ROW_START);
    const int32_t *column = sb_int32s(before, COLUMN);
    const double *value = sb_reals(before, VALUE);
    const double *x = sb_reals(before, X);
    for (int64_t row = 0; row < row_count(c); ++row) {
        const double k = start[row + 1] - start[row];
        double sum = 0, size = 0;
        for (int32_t e = start[row]; e < start[row + 1]; ++e) {
            sum += value[e] * x[column[e]];
            size += fabs(value[e] * x[column[e]]);
        }
        expected[row] = sum;
        bound[row] = (sb_gamma(c, k + 4) + (k + 2) * 0x1p-53) * size;
    }
}

static double random_z(const struct sb_case *c, int64_t i)
{
    return sb_random(c->seed, STREAM_Z, (uint64_t)i, 0.5, 1.5);
}

/* (A z)_row in double-double: HPCG from the grid, 27 z_row − Σ of the neighbourhood. */
static double az_of_row(const struct sb_case *c, const struct sb_host *before, const double *z,
                        int32_t row)
{
    struct sb_dd sum = {0, 0};
    if (c->p[MATRIX] == HPCG) {
        int32_t near[27];
        const int count = neighbours(near, (int32_t)c->p[NX], row);
        sb_dd_add_product(&sum, 27, z[row]);
        for (int k = 0; k < count; ++k) {
            sb_dd_add(&sum, -z[near[k]]);
        }
    } else {
        const int32_t *start = sb_int32s(before, ROW_START);
        const int32_t *column = sb_int32s(before, COLUMN);
        const double *value = sb_reals(before, VALUE);
        for (int32_t k = start[row]; k < start[row + 1]; ++k) {
            sb_dd_add_product(&sum, value[k], z[column[k]]);
        }
    }
    return sb_dd_value(&sum);
}

/* |z·ŷ − x·Az| ≤ Σ|z|·bound, and each (Az) and each of the two sums is rounded once. */
static void check_symmetry(struct sb_verdict *v, const struct sb_case *c,
                           const struct sb_host *before, const double *y, const double *bound,
                           double *z)
{
    const int64_t n = row_count(c);
    const double *x = sb_reals(before, X);
    struct sb_dd zy = {0, 0}, xaz = {0, 0};
    double tolerance = 0;
    for (int64_t i = 0; i < n; ++i) {
        z[i] = random_z(c, i);
    }
    for (int64_t i = 0; i < n; ++i) {
        const double az = az_of_row(c, before, z, (int32_t)i);
        sb_dd_add_product(&zy, z[i], y[i]);
        sb_dd_add_product(&xaz, x[i], az);
        tolerance += fabs(z[i]) * bound[i] + 0x1p-52 * (fabs(x[i] * az) + fabs(z[i] * y[i]));
    }
    sb_check_truth(v, "symmetry: z·Ax against x·Az", sb_dd_value(&zy), sb_dd_value(&xaz), tolerance,
                   "HPCG Technical Specification, Dongarra, Heroux, SAND2013-8752 (symmetry test)");
}

static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    const int64_t n = row_count(c);
    double *expected = malloc((size_t)n * sizeof *expected);
    double *bound = malloc((size_t)n * sizeof *bound);
    const double *y = sb_reals(after, Y);
    int status = -1;
    if (expected == NULL || bound == NULL) {
        goto out;
    }
    expect(expected, bound, c, before);
    sb_check_reals(v, "y", y, expected, bound, 0, n);
    if (c->p[INPUT] == ONES && c->p[MATRIX] == HPCG) {
        int32_t near[27];
        double *row_sum = expected;
        for (int64_t i = 0; i < n; ++i) {
            row_sum[i] = 27 - neighbours(near, (int32_t)c->p[NX], (int32_t)i);
        }
        sb_check_reals(v, "A·1 against its closed form", y, row_sum, NULL, 0, n);
    }
    check_symmetry(v, c, before, y, bound, expected);
    status = 0;
out:
    free(expected);
    free(bound);
    return status;
}

static double verify_bytes(const struct sb_case *c)
{
    return 2.0 * sizeof(double) * (double)row_count(c);
}

const struct sb_kernel sb_kernel_spmv = {
    .abi = SB_KERNEL_ABI,
    .name = "spmv",
    .title = "Sparse matrix times vector, compressed sparse rows",
    .source = "HPCG (Dongarra, Heroux, Luszczek, IJHPCA 30, 2016); rows shared by threads as in "
              "Bell, Garland, SC09",
    .item = "nonzero",
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
