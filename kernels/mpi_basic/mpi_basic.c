/* SPDX-License-Identifier: Apache-2.0 */
/* mpi_basic: messages between ranks, timed and checked to the bit. What is measured is explained in README.md. */
#include "kernels/kernel.h"
#include "kernels/ranks.h"
#include "kernels/toolbox.h"

#include <stdlib.h>
#include <string.h>

enum { P_OPERATION, P_N, P_ROUNDS };
enum { PINGPONG, ALLREDUCE, ALLTOALL, RING };
enum { SEEDS, OUT, BACK, USED };

static const char *const operations[] = {"pingpong", "allreduce", "alltoall", "ring", NULL};

static const struct sb_param params[] = {
    {.name = "operation",
     .unit = "1",
     .help = "pingpong of the first and last rank, sum over all, all to all, swap in a ring",
     .most = RING,
     .usual = PINGPONG,
     .whole = true,
     .choices = operations},
    {.name = "n",
     .unit = "elements",
     .help = "length of a message, between two ranks",
     .least = 1,
     .most = 1U << 28,
     .usual = 1,
     .whole = true},
    {.name = "rounds",
     .unit = "1",
     .help = "how often, per repetition",
     .least = 1,
     .most = 1e6,
     .usual = 1000,
     .whole = true},
    {.name = NULL},
};

#define CASE(size, name, what, elements, times)                                                    \
    {                                                                                              \
        .preset = (size), .label = (name), .settings = {                                           \
            {"operation", (what)},                                                                 \
            {"n", (elements)},                                                                     \
            {"rounds", (times)}                                                                    \
        }                                                                                          \
    }
#define CASES(size, elements, few, many)                                                           \
    CASE(size, "latency", PINGPONG, 1, many), CASE(size, "bandwidth", PINGPONG, elements, few),    \
        CASE(size, "sum", ALLREDUCE, 1, many), CASE(size, "sum_wide", ALLREDUCE, elements, few),   \
        CASE(size, "all_to_all", ALLTOALL, (elements) / 16, few),                                  \
        CASE(size, "ring", RING, elements, few)
static const struct sb_preset presets[] = {
    CASES("tiny", 1600, 3, 10),
    {.preset = "tiny",
     .label = "sum_float",
     .precision = SB_FLOAT,
     .settings = {{"operation", ALLREDUCE}, {"n", 77}, {"rounds", 2}}},
    CASES("small", 131072, 40, 2000),
    CASES("medium", 1048576, 20, 5000),
    CASES("large", 8388608, 5, 10000),
    {.preset = NULL},
};

static int64_t n_of(const struct sb_case *c)
{
    return (int64_t)c->p[P_N];
}

static int operation_of(const struct sb_case *c)
{
    return (int)c->p[P_OPERATION];
}

/* Elements that a rank sends at once: a block for each rank where all send to all. */
static int64_t count_of(const struct sb_case *c)
{
    return n_of(c) * (operation_of(c) == ALLTOALL ? sb_case_ranks(c) : 1);
}

static int arrays(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    const int64_t count = count_of(c);
    out[SEEDS] = (struct sb_array){
        .name = "seeds", .type = SB_UINT32, .role = SB_IN, .rank = 1, .shape = {count}};
    out[OUT] = (struct sb_array){.name = "out", .role = SB_OUT, .rank = 1, .shape = {count}};
    out[BACK] = (struct sb_array){.name = "back", .role = SB_INOUT, .rank = 1, .shape = {count}};
    out[USED] = (struct sb_array){.name = "used", .role = SB_OUT, .rank = 1, .shape = {count}};
    return 4;
}

static uint32_t seed_of(const struct sb_case *c, int64_t i)
{
    return (uint32_t)sb_random_bits(c->seed, 0, (uint64_t)i);
}

/* The device's own: what @p rank sends at @p i. */
static double sent(const struct sb_case *c, int rank, int64_t i)
{
    uint32_t x = seed_of(c, i) + (uint32_t)rank * 2654435761U;
    x ^= x >> 15;
    x = x * 2246822519U + 374761393U;
    x ^= x >> 13;
    return (double)(x & 1023U);
}

/* What @p back holds is no number below 1024: it is to be overwritten. */
static void fill(const struct sb_case *c, struct sb_host *host)
{
    for (int64_t i = 0; i < count_of(c); ++i) {
        sb_uint32s(host, SEEDS)[i] = seed_of(c, i);
        sb_reals(host, BACK)[i] = -5;
    }
}

static void launches(struct sb_launches *out, const struct sb_case *c)
{
    const int64_t count = count_of(c);
    sb_launch(out, "mpi_make", SB_EACH_1D(count),
              SB_ARGS(SB_A(SEEDS), SB_A(OUT), SB_U32(c->rank), SB_I(count)));
    sb_exchange(out, 0, SB_LIST(OUT), SB_LIST(BACK));
    sb_launch(out, "mpi_use", SB_EACH_1D(count),
              SB_ARGS(SB_A(OUT), SB_A(BACK), SB_A(USED), SB_I(count)));
}

/* There and back between the first and the last rank; the tag is the round's, so that no message is taken for another. */
static int pingpong(struct sb_ranks *ranks, void *out, void *back, size_t bytes, int rounds)
{
    const int last = ranks->size - 1;
    if (ranks->rank != 0 && ranks->rank != last) {
        memcpy(back, out, bytes);
        return 0;
    }
    int code = 0;
    for (int round = 0; code == 0 && round < rounds; ++round) {
        const int tag = round % 32768;
        const struct sb_parcel there = {last, tag, ranks->rank == 0 ? out : back, bytes};
        const struct sb_parcel here = {0, tag, back, bytes};
        if (ranks->rank == 0) {
            code = ranks->send(ranks, &there);
        }
        if (ranks->rank == last) {
            const struct sb_parcel from = {0, tag, back, bytes};
            code = code != 0 ? code : ranks->receive(ranks, &from);
            code = code != 0 ? code : ranks->send(ranks, &here);
        }
        if (ranks->rank == 0) {
            const struct sb_parcel from = {last, tag, back, bytes};
            code = code != 0 ? code : ranks->receive(ranks, &from);
        }
    }
    return code;
}

static int ring(struct sb_ranks *ranks, void *out, void *back, size_t bytes, int rounds)
{
    int code = 0;
    for (int round = 0; code == 0 && round < rounds; ++round) {
        const int tag = round % 32768;
        const struct sb_parcel to = {(ranks->rank + 1) % ranks->size, tag, out, bytes};
        const struct sb_parcel from = {(ranks->rank + ranks->size - 1) % ranks->size, tag, back,
                                       bytes};
        code = ranks->swap(ranks, &to, 1, &from, 1);
    }
    return code;
}

static int exchange(const struct sb_case *c, int step, struct sb_ranks *ranks,
                    void *const data[SB_MAX_ARRAYS])
{
    const size_t bytes = (size_t)n_of(c) * sb_type_bytes(SB_REAL, c->precision);
    const enum sb_number number = c->precision == SB_FLOAT ? SB_NUMBER_FLOAT : SB_NUMBER_DOUBLE;
    const int rounds = (int)c->p[P_ROUNDS];
    (void)step;
    if (operation_of(c) == PINGPONG) {
        return pingpong(ranks, data[OUT], data[BACK], bytes, rounds);
    }
    if (operation_of(c) == RING) {
        return ring(ranks, data[OUT], data[BACK], bytes, rounds);
    }
    int code = 0;
    for (int round = 0; code == 0 && round < rounds; ++round) {
        code = operation_of(c) == ALLTOALL
                   ? ranks->all_to_all(ranks, data[BACK], data[OUT], bytes)
                   : ranks->reduce(ranks, data[BACK], data[OUT], n_of(c), number, SB_SUM);
    }
    return code;
}

/* Made: a number from a number. Used: a product and a sum. One message each way is two operations, of the first rank. */
static void work(struct sb_work *out, const struct sb_case *c)
{
    const double size = (double)sb_type_bytes(SB_REAL, c->precision);
    const double count = (double)count_of(c);
    out->flop = 2 * count;
    out->read_bytes = (4 + 2 * size) * count;
    out->write_bytes = 2 * size * count;
    out->write_allocate_bytes = out->write_bytes;
    out->items = c->rank == 0 ? c->p[P_ROUNDS] * (operation_of(c) == PINGPONG ? 2 : 1) : 0;
}

/* What arrives at @p i of this rank, by the definition of the operation. */
static double arrives(const struct sb_case *c, int64_t i)
{
    const int ranks = sb_case_ranks(c);
    double sum = 0;
    switch (operation_of(c)) {
    case PINGPONG:
        return sent(c, c->rank == ranks - 1 ? 0 : c->rank, i);
    case RING:
        return sent(c, (c->rank + ranks - 1) % ranks, i);
    case ALLTOALL:
        return sent(c, (int)(i / n_of(c)), c->rank * n_of(c) + i % n_of(c));
    default:
        for (int rank = 0; rank < ranks; ++rank) {
            sum += sent(c, rank, i);
        }
        return sum;
    }
}

static void reference(const struct sb_case *c, struct sb_host *host)
{
    for (int64_t i = 0; i < count_of(c); ++i) {
        sb_reals(host, OUT)[i] = sent(c, c->rank, i);
        sb_reals(host, BACK)[i] = arrives(c, i);
        sb_reals(host, USED)[i] = 2 * arrives(c, i) + sent(c, c->rank, i);
    }
}

/* All numbers are whole and small: every result is exact, in float for up to 2^13 ranks. */
static int verify(struct sb_verdict *v, const struct sb_case *c, const struct sb_host *before,
                  const struct sb_host *after)
{
    static const char *const names[] = {"seeds", "out", "back", "used"};
    struct sb_host *want = sb_host_clone(before);
    if (!want) {
        return -1;
    }
    reference(c, want);
    for (int i = OUT; i <= USED; ++i) {
        sb_check_reals(v, names[i], sb_reals(after, i), sb_reals(want, i), NULL, 0, count_of(c));
    }
    double differing = 0;
    for (int64_t i = 0; i < count_of(c); ++i) {
        differing += !(sb_reals(after, BACK)[i] == sb_reals(want, BACK)[i]);
    }
    sb_host_free(want);
    sb_check_truth(v, "elements other than the operation's definition says", differing, 0, 0,
                   "MPI: A Message-Passing Interface Standard, 3.1, §3.2, §5.8, §5.9");
    return 0;
}

const struct sb_kernel sb_kernel_mpi_basic = {
    .abi = SB_KERNEL_ABI,
    .name = "mpi_basic",
    .title = "messages between ranks: pingpong, sum over all, all to all, ring",
    .source = "Intel MPI Benchmarks: PingPong, Allreduce, Alltoall, Sendrecv; MPI standard 3.1",
    .item = "operation",
    .params = params,
    .presets = presets,
    .precisions = 1U << SB_DOUBLE | 1U << SB_FLOAT,
    .ranks_most = 8192,
    .arrays = arrays,
    .fill = fill,
    .launches = launches,
    .exchange = exchange,
    .work = work,
    .reference = reference,
    .verify = verify,
};
