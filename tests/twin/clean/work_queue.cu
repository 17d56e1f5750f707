// SPDX-License-Identifier: Apache-2.0
// Persistent warps take items from a queue: one lane asks, and tells the others by a shuffle.
// launch: persist<<<3, 64>>>(cost, result, next, 40)
// array: cost int[40] in random(1, 30)
// array: result int[40] out
// array: next int[1] inout zero
__global__ void persist(const int *cost, int *result, int *next, int n)
{
    const int lane = threadIdx.x % warpSize;
    while (true) {
        int item = 0;
        if (lane == 0) {
            item = atomicAdd(next, 1);
        }
        item = __shfl_sync(0xffffffffu, item, 0);
        if (item >= n) {
            break;
        }
        int mine = 0;
        for (int k = lane; k < cost[item]; k += warpSize) {
            mine += k;
        }
        for (int d = 16; d > 0; d >>= 1) {
            mine += __shfl_xor_sync(0xffffffffu, mine, d);
        }
        if (lane == 0) {
            result[item] = mine;
        }
    }
}
