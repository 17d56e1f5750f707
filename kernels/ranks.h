/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The contract of ranks: processes that compute one case together, on one node or on many. A kernel takes ranks where
 * its table says so (sb_kernel.ranks_most); every function of its table then speaks of one rank's part of the whole:
 * c->rank of c->ranks. Between two launches it may state an exchange (sb_exchange()), which its exchange() carries out
 * with the operations below, on host memory. A single rank has them too, with itself, and needs no MPI; more of them
 * are MPI's (harness/run/ranks/).
 *
 * Every operation blocks, is called by all ranks in the same order, and returns 0 or a negative number: then the
 * kernel's exchange() returns at once. Counts are of elements, sizes in bytes.
 */
#ifndef SB_RANKS_H
#define SB_RANKS_H

#include "kernels/kernel.h"

/** A message to, or from, @p peer. Messages between two ranks are told apart by their tag, 0 … 32767. */
struct sb_parcel {
    int peer, tag;
    void *data;
    size_t bytes;
};

enum sb_reduction { SB_SUM, SB_LEAST, SB_MOST };
enum sb_number { SB_NUMBER_DOUBLE, SB_NUMBER_FLOAT, SB_NUMBER_INT64 };

struct sb_ranks {
    int rank, size;             /* 0 ≤ rank < size */
    int local_rank, local_size; /* among the ranks of this node */
    char library
        [256]; /* version of what carries messages, as it says itself; "" for a single rank */
    void *own; /* of the implementation */
    /** Sends and receives all these at once; a rank may send to itself. */
    int (*swap)(struct sb_ranks *ranks, const struct sb_parcel *out, int outs,
                const struct sb_parcel *in, int ins);
    /** One message; send() may return before it has arrived. */
    int (*send)(struct sb_ranks *ranks, const struct sb_parcel *parcel);
    int (*receive)(struct sb_ranks *ranks, const struct sb_parcel *parcel);
    /** to[i] = the reduction of all ranks' from[i], on every rank; the two may be the same. */
    int (*reduce)(struct sb_ranks *ranks, void *to, const void *from, int64_t count,
                  enum sb_number number, enum sb_reduction reduction);
    /** Block k of @p from goes to rank k; block k of @p to came from it. Blocks of @p bytes. */
    int (*all_to_all)(struct sb_ranks *ranks, void *to, const void *from, size_t bytes);
    /** @p data of rank @p root to all. */
    int (*broadcast)(struct sb_ranks *ranks, void *data, size_t bytes, int root);
    /** Block k of @p to is rank k's @p from. */
    int (*gather)(struct sb_ranks *ranks, void *to, const void *from, size_t bytes);
    int (*barrier)(struct sb_ranks *ranks);
    /** Nanoseconds of this node's monotonic clock. */
    uint64_t (*now_ns)(void);
    /** What the latest operation that failed said. */
    const char *(*fault)(struct sb_ranks *ranks);
};

/** Ranks of a case: at least one, also where nobody set it. */
static inline int sb_case_ranks(const struct sb_case *c)
{
    return c->ranks > 1 ? c->ranks : 1;
}

/** How many of @p n things part @p part of @p parts has, the first ones one more where they do not divide; and which
 *  is its first. */
static inline int64_t sb_part_count(int64_t n, int64_t parts, int64_t part)
{
    return n / parts + (part < n % parts);
}
static inline int64_t sb_part_first(int64_t n, int64_t parts, int64_t part)
{
    const int64_t more = n % parts;
    return part * (n / parts) + (part < more ? part : more);
}

/** Where rank @p rank stands in a grid of ranks, x fastest; and who stands at a place, which may be one beyond the
 *  edge: grids are closed to rings. */
static inline void sb_grid_place(int out[3], const int grid[3], int rank)
{
    out[0] = rank % grid[0];
    out[1] = rank / grid[0] % grid[1];
    out[2] = rank / grid[0] / grid[1];
}
static inline int sb_grid_rank(const int grid[3], const int place[3])
{
    const int x = (place[0] + grid[0]) % grid[0];
    const int y = (place[1] + grid[1]) % grid[1];
    const int z = (place[2] + grid[2]) % grid[2];
    return (z * grid[1] + y) * grid[0] + x;
}

/**
 * The grid of @p ranks parts of n[0] × n[1] × n[2] points whose largest part has the least surface across which ranks
 * exchange; where equal, the one that cuts the slowest direction (z) most. 0, or −1 where no grid leaves every rank a
 * point.
 */
static inline int sb_grid_make(int out[3], int ranks, const int64_t n[3])
{
    double least = -1;
    for (int x = 1; x <= ranks; ++x) {
        for (int y = 1; ranks % x == 0 && y <= ranks / x; ++y) {
            if (ranks / x % y != 0 || x > n[0] || y > n[1] || ranks / x / y > n[2]) {
                continue;
            }
            const int grid[3] = {x, y, ranks / x / y};
            double side[3];
            for (int d = 0; d < 3; ++d) {
                side[d] = (double)sb_part_count(n[d], grid[d], 0);
            }
            double surface = 0;
            surface += grid[0] > 1 ? side[1] * side[2] : 0;
            surface += grid[1] > 1 ? side[0] * side[2] : 0;
            surface += grid[2] > 1 ? side[0] * side[1] : 0;
            if (least < 0 || surface < least) {
                least = surface;
                for (int d = 0; d < 3; ++d) {
                    out[d] = grid[d];
                }
            }
        }
    }
    return least < 0 ? -1 : 0;
}

#endif
