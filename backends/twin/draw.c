/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of lanes, warps and blocks. A kernel that is right gives the same under all of them. */
#include "backends/twin/schedule.h"

#include "kernels/toolbox.h"

static const struct {
    int warp_size;
    enum sb_twin_lane_order order;
} draws[] = {
    {32, SB_LANES_UP}, {32, SB_LANES_DOWN},  {32, SB_LANES_MIXED},
    {64, SB_LANES_UP}, {64, SB_LANES_MIXED}, {16, SB_LANES_DOWN},
};
#define DRAWS ((int)(sizeof draws / sizeof *draws))
#define DRAWS_AT_ONE_SIZE 3

int sb_twin_draws(int only_warp_size)
{
    return only_warp_size ? DRAWS_AT_ONE_SIZE : DRAWS;
}

void sb_twin_draw(struct sb_twin_schedule *schedule, int number, int only_warp_size)
{
    const int at = number % sb_twin_draws(only_warp_size);
    schedule->warp_size = only_warp_size ? only_warp_size : draws[at].warp_size;
    schedule->order = draws[at].order;
    schedule->seed = (uint64_t)number;
}

static uint32_t gcd(uint32_t a, uint32_t b)
{
    while (b) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

uint32_t sb_twin_draw_block(const struct sb_twin_schedule *schedule, uint32_t nth)
{
    const uint32_t count = schedule->blocks;
    if (schedule->order == SB_LANES_UP) {
        return nth;
    }
    if (schedule->order == SB_LANES_DOWN) {
        return count - 1 - nth;
    }
    /* i → a i + c modulo the number of blocks, a prime to it: every block once, without a list of them */
    uint32_t step = (uint32_t)(sb_random_bits(schedule->seed, 1, 0) % count) | 1U;
    while (gcd(step, count) != 1) {
        step += 2;
    }
    const uint64_t from = sb_random_bits(schedule->seed, 1, 1) % count;
    return (uint32_t)((from + (uint64_t)nth * step) % count);
}

static void shuffle(uint16_t *list, int count, uint64_t seed, uint64_t stream)
{
    for (int i = count - 1; i > 0; --i) {
        const int j = (int)(sb_random_bits(seed, stream, (uint64_t)i) % (uint64_t)(i + 1));
        const uint16_t kept = list[i];
        list[i] = list[j];
        list[j] = kept;
    }
}

void sb_twin_draw_turns(struct sb_twin_schedule *schedule)
{
    const int count = schedule->threads;
    const int size = schedule->warp_size;
    const int warps = (count + size - 1) / size;
    uint16_t warp[1024];
    for (int w = 0; w < warps; ++w) {
        warp[w] = (uint16_t)(schedule->order == SB_LANES_DOWN ? warps - 1 - w : w);
    }
    if (schedule->order == SB_LANES_MIXED) {
        shuffle(warp, warps, schedule->seed, 2);
    }
    int filled = 0;
    for (int w = 0; w < warps; ++w) {
        const int first = warp[w] * size;
        const int lanes = count - first < size ? count - first : size;
        for (int i = 0; i < lanes; ++i) {
            const int lane = schedule->order == SB_LANES_DOWN ? lanes - 1 - i : i;
            schedule->turn[filled + i] = (uint16_t)(first + lane);
        }
        if (schedule->order == SB_LANES_MIXED) {
            shuffle(schedule->turn + filled, lanes, schedule->seed, 3 + (uint64_t)w);
        }
        filled += lanes;
    }
}
