/* SPDX-License-Identifier: Apache-2.0 */
/* stream: the loops of BabelStream on random inputs. The formulas and bounds are explained in README.md. */
#include "kernels/kernel.h"
#include "kernels/toolbox.h"

#include <stdlib.h>
#include <string.h>

enum { P_OP, P_N, P_SCALAR, P_ROUNDS };
enum { OP_COPY, OP_MUL, OP_ADD, OP_TRIAD, OP_DOT, OP_ALL };
enum { T_THREADS, T_UNROLL };
/* Arrays; START is what `all` begins each repetition from. */
enum { START, A, B, C, SUMS, DOT, ARRAYS };

static const char *const ops[] = {"copy", "mul", "add", "triad", "dot", "all", NULL};

static const struct sb_param params[] = {
    {.name = "op",
     .unit = "1",
     .help = "the loop; all: copy, mul, add, triad, dot in BabelStream's order",
     .most = OP_ALL,
     .usual = OP_TRIAD,
     .whole = true,
     .choices = ops},
    {.name = "n",
     .unit = "elements",
     .help = "length of each array",
     .least = 1,
     .most = 17179869184,
     .usual = 16777216,
     .whole = true},
    {.name = "scalar",
     .unit = "1",
     .help = "factor of mul and triad",
     .least = 0.25,
     .most = 0.5,
     .usual = 0.4},
    {.name = "rounds",
     .unit = "1",
     .help = "with op all: how often the five loops run",
     .least = 1,
     .most = 32,
     .usual = 1,
     .whole = true},
    {.name = NULL},
};

#define ROW(p, l, o, ...)                                                                          \
    {                                                                                              \
        .preset = (p), .label = (l), .settings = { {"op", (o)}, __VA_ARGS__ }                      \
    }
#define ROWS(p, ...)                                                                               \
    ROW(p, "copy", OP_COPY, __VA_ARGS__), ROW(p, "mul", OP_MUL, __VA_ARGS__),                      \
        ROW(p, "add", OP_ADD, __VA_ARGS__), ROW(p, "triad", OP_TRIAD, __VA_ARGS__),                \
        ROW(p, "dot", OP_DOT, __VA_ARGS__)
#define FITTED(l, o)                                                                               \
    {                                                                                              \
        .preset = "large", .label = (l), .fit = true, .settings = { {"op", (o)} }                  \
    }
static const struct sb_preset presets[] = {
    ROW("tiny", "copy", OP_COPY, {"n", 1000}),
    ROW("tiny", "mul", OP_MUL, {"n", 1001}),
    ROW("tiny", "add", OP_ADD, {"n", 1023}),
    ROW("tiny", "triad", OP_TRIAD, {"n", 4099}),
    ROW("tiny", "dot", OP_DOT, {"n", 20011}),
    ROW("tiny", "dot_of_one", OP_DOT, {"n", 1}),
    ROW("tiny", "all", OP_ALL, {"n", 9001}, {"rounds", 3}),
    {.preset = "tiny",
     .label = "all_float",
     .precision = SB_FLOAT,
     .settings = {{"op", OP_ALL}, {"n", 17001}, {"rounds", 2}}},
    ROWS("small", {"n", 16777216}),
    ROWS("medium", {"n", 67108864}),
    FITTED("copy", OP_COPY),
    FITTED("mul", OP_MUL),
    FITTED("add", OP_ADD),
    FITTED("triad", OP_TRIAD),
    FITTED("dot", OP_DOT),
    {.preset = NULL},
};

static const struct sb_tuning tunings[] = {
    [T_THREADS] = {.name = "DOT_THREADS",
                   .help = "threads of a block of dot; a multiple of 8",
                   .usual = 128},
    [T_UNROLL] = {.name = "DOT_UNROLL", .help = "products that a thread of dot adds", .usual = 64},
    {.name = NULL},
};

static const struct sb_vendor vendors[] = {
    {"cuda", "libcuda.so.1", NULL, "NVIDIA's driver"},
    {.backend = NULL},
};

static int op_of(const struct sb_case *c)
{
    return (int)c->p[P_OP];
}

static int64_t length(const struct sb_case *c)
{
    return (int64_t)c->p[P_N];
}

/* The device gets the scalar in the precision of the case. */
static double scalar_of(const struct sb_case *c)
{
    return c->precision == SB_FLOAT ? (double)(float)c->p[P_SCALAR] : c->p[P_SCALAR];
}

/* Elements of a block of dot, and how many blocks there are. */
static int64_t chunk_of(const struct sb_case *c)
{
    return (int64_t)c->tuning[T_THREADS] * c->tuning[T_UNROLL];
}

static int64_t blocks_of(const struct sb_case *c)
{
    return (length(c) + chunk_of(c) - 1) / chunk_of(c);
}

/* What each op does with each array; −1: it has no such array. */
static int role_of(const struct sb_case *c, int array)
{
    enum { NO = -1 };
    static const int roles[][ARRAYS] = {
        [OP_COPY] = {NO, SB_IN, NO, SB_OUT, NO, NO},
        [OP_MUL] = {NO, NO, SB_OUT, SB_IN, NO, NO},
        [OP_ADD] = {NO, SB_IN, SB_IN, SB_OUT, NO, NO},
        [OP_TRIAD] = {NO, SB_OUT, SB_IN, SB_IN, NO, NO},
        [OP_DOT] = {NO, SB_IN, SB_IN, NO, SB_SCRATCH, SB_OUT},
        [OP_ALL] = {SB_IN, SB_OUT, SB_OUT, SB_OUT, SB_SCRATCH, SB_OUT},
    };
    return roles[op_of(c)][array];
}

/* Number of @p array among those that the op has. */
static int at(const struct sb_case *c, int array)
{
    int index = 0;
    for (int i = 0; i < array; ++i) {
        index += role_of(c, i) >= 0;
    }
    return index;
}

static const char *refuse(const struct sb_case *c)
{
    const int threads = c->tuning[T_THREADS];
    if (op_of(c) != OP_ALL && c->p[P_ROUNDS] > 1) {
        return "rounds is only for op all: the other loops do the same again";
    }
    if (threads < 8 || threads > 1024 || threads % 8 != 0) {
        return "DOT_THREADS must be a multiple of 8, at most 1024";
    }
    if (c->tuning[T_UNROLL] < 1 || c->tuning[T_UNROLL] > 64) {
        return "DOT_UNROLL must be 1 to 64";
    }
    return NULL;
}

static void fit(double *p, enum sb_precision precision, double memory_bytes)
{
    const double n = memory_bytes / (3.0 * (double)sb_type_bytes(SB_REAL, precision));
    p[P_N] = n > 134217728 ? 134217728 : n < 1 ? 1 : (double)(int64_t)n;
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    static const char *const names[ARRAYS] = {"start", "a", "b", "c", "sums", "dot"};
    int count = 0;
    for (int i = 0; i < ARRAYS; ++i) {
        if (role_of(c, i) >= 0) {
            const int64_t n = i == SUMS ? blocks_of(c) : i == DOT ? 1 : length(c);
            out[count++] = (struct sb_array){
                .name = names[i], .role = (enum sb_role)role_of(c, i), .rank = 1, .shape = {n}};
        }
    }
    return count;
}

/* Positive, so that no sum cancels and every bound is relative; different at every position. */
static void fill(const struct sb_case *c, struct sb_host *host)
{
    for (int i = START; i <= C; ++i) {
        if (role_of(c, i) == SB_IN) {
            double *x = sb_reals(host, at(c, i));
            for (int64_t k = 0; k < length(c); ++k) {
                x[k] = sb_random(c->seed, (uint64_t)i, (uint64_t)k, 0.5, 1.5);
            }
        }
    }
}

/* stream.native.*: 256 threads of a block have 1024 elements; dot as in the portable source. */
static void launch_native(struct sb_launches *out, const struct sb_case *c, int op)
{
    const struct sb_arg a = SB_A(at(c, A)), b = SB_A(at(c, B)), cc = SB_A(at(c, C));
    const struct sb_arg s = SB_R(c->p[P_SCALAR]), n = SB_I(length(c));
    const struct sb_shape loop = SB_BLOCKS_1D((length(c) + 1023) / 1024, 256);
    switch (op) {
    case OP_COPY:
        sb_launch(out, "stream_copy_native", loop, SB_ARGS(a, cc, n));
        break;
    case OP_MUL:
        sb_launch(out, "stream_mul_native", loop, SB_ARGS(b, cc, s, n));
        break;
    case OP_ADD:
        sb_launch(out, "stream_add_native", loop, SB_ARGS(a, b, cc, n));
        break;
    case OP_TRIAD:
        sb_launch(out, "stream_triad_native", loop, SB_ARGS(a, b, cc, s, n));
        break;
    default:
        sb_launch(out, "stream_dot_native", SB_BLOCKS_1D(blocks_of(c), c->tuning[T_THREADS]),
                  SB_ARGS(a, b, SB_A(at(c, SUMS)), n));
        sb_launch(out, "stream_dot_finish_native", SB_BLOCKS_1D(1, c->tuning[T_THREADS]),
                  SB_ARGS(SB_A(at(c, SUMS)), SB_A(at(c, DOT)), SB_I(blocks_of(c))));
        break;
    }
}

/* The driver's own copy is a vendor's; natives are single loops, and warps of 32 or 64 must fill a block of dot. */
static bool offers(const struct sb_case *c, const char *backend)
{
    (void)backend;
    return strcmp(c->variant, "vendor") == 0 ? op_of(c) == OP_COPY
                                             : op_of(c) != OP_ALL && c->tuning[T_THREADS] % 64 == 0;
}

static void launch_loop(struct sb_launches *out, const struct sb_case *c, int op)
{
    const int64_t n = length(c);
    const struct sb_arg a = SB_A(at(c, A)), b = SB_A(at(c, B)), cc = SB_A(at(c, C));
    const struct sb_arg s = SB_R(c->p[P_SCALAR]), sums = SB_A(at(c, SUMS)), dot = SB_A(at(c, DOT));
    const struct sb_shape each = SB_EACH_1D(n);
    switch (op) {
    case OP_COPY:
        sb_launch(out, "stream_copy", each, SB_ARGS(a, cc, SB_I(n)));
        break;
    case OP_MUL:
        sb_launch(out, "stream_mul", each, SB_ARGS(b, cc, s, SB_I(n)));
        break;
    case OP_ADD:
        sb_launch(out, "stream_add", each, SB_ARGS(a, b, cc, SB_I(n)));
        break;
    case OP_TRIAD:
        sb_launch(out, "stream_triad", each, SB_ARGS(a, b, cc, s, SB_I(n)));
        break;
    default:
        sb_launch(out, "stream_dot", SB_BLOCKS_1D(blocks_of(c), c->tuning[T_THREADS]),
                  SB_ARGS(a, b, sums, SB_I(n)));
        sb_launch(out, "stream_dot_finish", SB_BLOCKS_1D(1, c->tuning[T_THREADS]),
                  SB_ARGS(sums, dot, SB_I(blocks_of(c))));
        break;
    }
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    if (strcmp(c->variant, "vendor") == 0) {
        sb_launch(out, "stream_copy_vendor", SB_ONCE(),
                  SB_ARGS(SB_A(at(c, A)), SB_A(at(c, C)), SB_I(length(c))));
        return;
    }
    if (op_of(c) != OP_ALL) {
        (strcmp(c->variant, "native") == 0 ? launch_native : launch_loop)(out, c, op_of(c));
        return;
    }
    sb_launch(out, "stream_copy", SB_EACH_1D(length(c)),
              SB_ARGS(SB_A(at(c, START)), SB_A(at(c, A)), SB_I(length(c))));
    for (int round = 0; round < (int)c->p[P_ROUNDS]; ++round) {
        for (int op = OP_COPY; op <= OP_DOT; ++op) {
            launch_loop(out, c, op);
        }
    }
}

/* Adds one loop's work; bytes are counted in elements here. */
static void add_loop(struct sb_work *w, const struct sb_case *c, int op)
{
    static const int reads[] = {1, 1, 2, 2, 2};
    static const int flop[] = {0, 1, 1, 2, 2};
    const double n = c->p[P_N];
    const double blocks = (double)blocks_of(c);
    w->flop += flop[op] * n;
    w->read_bytes += reads[op] * n;
    w->write_bytes += op == OP_DOT ? 0 : n;
    if (op ==
        OP_DOT) { /* T threads' parts are added in T − 1 additions; the last block adds the others' sums */
        w->flop += blocks + (blocks + 1) * (c->tuning[T_THREADS] - 1);
        w->read_bytes += blocks;
        w->write_bytes += blocks + 1;
    }
}

static void work(struct sb_work *out, const struct sb_case *c)
{
    if (op_of(c) != OP_ALL) {
        add_loop(out, c, op_of(c));
    } else {
        add_loop(out, c, OP_COPY);
        for (int round = 0; round < (int)c->p[P_ROUNDS]; ++round) {
            for (int op = OP_COPY; op <= OP_DOT; ++op) {
                add_loop(out, c, op);
            }
        }
    }
    const double size = (double)sb_type_bytes(SB_REAL, c->precision);
    out->read_bytes *= size;
    out->write_bytes *= size;
    out->write_allocate_bytes = out->write_bytes; /* no loop reads what it writes */
}

/* Σ x[i]·y[i] to about 2^-100 (double-double). */
static double exact_dot(const double *x, const double *y, int64_t n)
{
    struct sb_dd sum = {0, 0};
    for (int64_t i = 0; i < n; ++i) {
        sb_dd_add_product(&sum, x[i], y[i]);
    }
    return sb_dd_value(&sum);
}

static void reference_loop(const struct sb_case *c, struct sb_host *host, int op)
{
    const int64_t n = length(c);
    const double s = scalar_of(c);
    double *a = role_of(c, A) >= 0 ? sb_reals(host, at(c, A)) : NULL;
    double *b = role_of(c, B) >= 0 ? sb_reals(host, at(c, B)) : NULL;
    double *cc = role_of(c, C) >= 0 ? sb_reals(host, at(c, C)) : NULL;
    if (op == OP_DOT) {
        sb_reals(host, at(c, DOT))[0] = exact_dot(a, b, n);
        return;
    }
    for (int64_t i = 0; i < n; ++i) {
        switch (op) {
        case OP_COPY:
            cc[i] = a[i];
            break;
        case OP_MUL:
            b[i] = s * cc[i];
            break;
        case OP_ADD:
            cc[i] = a[i] + b[i];
            break;
        default:
            a[i] = b[i] + s * cc[i];
            break;
        }
    }
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    if (op_of(c) != OP_ALL) {
        reference_loop(c, host, op_of(c));
        return;
    }
    const double *start = sb_reals(host, at(c, START));
    double *a = sb_reals(host, at(c, A));
    for (int64_t i = 0; i < length(c); ++i) {
        a[i] = start[i];
    }
    for (int round = 0; round < (int)c->p[P_ROUNDS]; ++round) {
        for (int op = OP_COPY; op <= OP_DOT; ++op) {
            reference_loop(c, host, op);
        }
    }
}

/* Roundings between the inputs and an element: a round multiplies, adds, multiplies, adds (README.md). */
static double roundings(const struct sb_case *c)
{
    static const int single[] = {0, 1, 1, 2, 0};
    return op_of(c) == OP_ALL ? 4 * c->p[P_ROUNDS] : single[op_of(c)];
}

/* All elements are positive, so the running error bound is relative: γ_m·|x| on each side. */
static int check_elements(struct sb_verdict *v, const struct sb_case *c,
                          const struct sb_host *after, const struct sb_host *want)
{
    static const char *const names[ARRAYS] = {[A] = "a", [B] = "b", [C] = "c"};
    const int64_t n = length(c);
    const double relative = sb_gamma(c, 2 * roundings(c));
    double *bound = malloc((size_t)n * sizeof *bound);
    if (!bound) {
        return -1;
    }
    for (int array = A; array <= C; ++array) {
        if (role_of(c, array) == SB_OUT) {
            const double *expected = sb_reals(want, at(c, array));
            for (int64_t i = 0; i < n; ++i) {
                bound[i] = relative * expected[i];
            }
            sb_check_reals(v, names[array], sb_reals(after, at(c, array)), expected, bound, 0, n);
        }
    }
    free(bound);
    return 0;
}

/* Any order of adding m products of positive numbers: γ_m of the sum. m is what one thread adds, then a block's
 * threads, then the same for the blocks' sums; taken as chains, so that no reassociation exceeds it. */
static double dot_gamma(const struct sb_case *c)
{
    const double threads = c->tuning[T_THREADS];
    const double one_thread = c->tuning[T_UNROLL] + 1;
    return sb_gamma(c, one_thread + threads + (double)blocks_of(c) / threads + 1 + threads);
}

/* After k rounds: a = g^k·a0, b = s·g^(k−1)·a0, c = (1 + s)·g^(k−1)·a0 with g = 2s + s². */
static int check_closed_form(struct sb_verdict *v, const struct sb_case *c,
                             const struct sb_host *before, const struct sb_host *after)
{
    static const char *const names[ARRAYS] = {
        [A] = "a in closed form", [B] = "b in closed form", [C] = "c in closed form"};
    const int64_t n = length(c);
    const long double s = (long double)scalar_of(c);
    const long double last = powl(2 * s + s * s, (long double)c->p[P_ROUNDS] - 1);
    const long double factor[ARRAYS] = {
        [A] = last * (2 * s + s * s), [B] = last * s, [C] = last * (1 + s)};
    const double *start = sb_reals(before, at(c, START));
    double *expected = malloc(2 * (size_t)n * sizeof *expected);
    if (!expected) {
        return -1;
    }
    double *bound = expected + n;
    for (int array = A; array <= C; ++array) {
        for (int64_t i = 0; i < n; ++i) {
            expected[i] = (double)(factor[array] * (long double)start[i]);
            bound[i] = sb_gamma(c, roundings(c) + 1) * expected[i];
        }
        sb_check_reals(v, names[array], sb_reals(after, at(c, array)), expected, bound, 0, n);
    }
    const double dot = (double)(factor[A] * factor[B] * (long double)exact_dot(start, start, n));
    const double relative = dot_gamma(c) + sb_gamma(c, 2 * roundings(c) + 2);
    sb_check_truth(v, "dot in closed form", sb_reals(after, at(c, DOT))[0], dot,
                   relative * (1 + relative) * dot, "BabelStream's check_solution, per element");
    free(expected);
    return 0;
}

static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    struct sb_host *want = sb_host_clone(before);
    if (!want) {
        return -1;
    }
    reference(c, want);
    int result = check_elements(v, c, after, want);
    if (result == 0 && (op_of(c) == OP_DOT || op_of(c) == OP_ALL)) {
        /* of the very arrays that the device multiplied */
        const double exact =
            exact_dot(sb_reals(after, at(c, A)), sb_reals(after, at(c, B)), length(c));
        sb_check_truth(v, "dot", sb_reals(after, at(c, DOT))[0], exact, dot_gamma(c) * exact,
                       "double-double sum: Ogita, Rump, Oishi, SIAM J. Sci. Comput. 26 (2005)");
    }
    if (result == 0 && op_of(c) == OP_ALL) {
        result = check_closed_form(v, c, before, after);
    }
    sb_host_free(want);
    return result;
}

/* The reference's arrays, and the bound or the closed form and its bound. */
static double verify_bytes(const struct sb_case *c)
{
    double elements = 0;
    struct sb_array described[SB_MAX_ARRAYS];
    const int count = arrays(described, c);
    for (int i = 0; i < count; ++i) {
        elements += (double)sb_array_count(&described[i]);
    }
    return sizeof(double) * (elements + 2 * c->p[P_N]);
}

const struct sb_kernel sb_kernel_stream = {
    .abi = SB_KERNEL_ABI,
    .name = "stream",
    .title = "copy, mul, add, triad and dot: memory bandwidth",
    .source = "BabelStream: Deakin, Price, Martineau, McIntosh-Smith, 2016; STREAM: McCalpin, 1995",
    .params = params,
    .presets = presets,
    .tunings = tunings,
    .vendors = vendors,
    .precisions = 1U << SB_DOUBLE | 1U << SB_FLOAT,
    .refuse = refuse,
    .fit = fit,
    .offers = offers,
    .arrays = arrays,
    .fill = fill,
    .launches = launches,
    .work = work,
    .reference = reference,
    .verify = verify,
    .verify_bytes = verify_bytes,
};
