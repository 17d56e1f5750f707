// SPDX-License-Identifier: Apache-2.0
// Cooperative groups as most codes use them: the block, and tiles of 32 and 16 lanes.
// launch: sum<<<2, 64>>>(x, out)
// array: x int[128] in random(0, 99)
// array: out int[8] out
#include <cooperative_groups.h>
namespace cg = cooperative_groups;

__global__ void sum(const int *x, int *out)
{
    __shared__ int s[64];
    cg::thread_block block = cg::this_thread_block();
    cg::thread_block_tile<16> tile = cg::tiled_partition<16>(block);
    const int t = block.thread_rank();
    s[t] = x[blockIdx.x * block.size() + t];
    block.sync();
    int v = s[(t + 16) % 64];
    for (int d = tile.size() / 2; d > 0; d /= 2) {
        v += tile.shfl_down(v, d);
    }
    if (tile.thread_rank() == 0) {
        out[(blockIdx.x * 64 + t) / 16] = v;
    }
}
