// SPDX-License-Identifier: Apache-2.0
// A lane's rank among the hits is counted below 1 << lane, an int: on 64 lanes the upper half gets ranks twice.
// launch: compact<<<2, 64>>>(charge, list, count)
// array: charge int[128] in random(0, 9)
// array: list int[128] inout zero
// array: count int[2] out
// finds: warp array list | race at "list[begin + " and "list[begin + " array list | out_of_bounds at "list[begin + "
#include <hip/hip_runtime.h>

__global__ void compact(const int *charge, int *list, int *count)
{
    __shared__ int hits[64];
    const int t = threadIdx.x, lane = t % warpSize, warp = t / warpSize, first = blockIdx.x * blockDim.x;
    const bool hit = charge[first + t] > 2;
    const unsigned long long mask = __ballot(hit);
    if (lane == 0) {
        hits[warp] = __popcll(mask);
    }
    __syncthreads();
    int begin = first;
    for (int w = 0; w < warp; ++w) {
        begin += hits[w];
    }
#ifdef RIGHT
    const unsigned long long below = mask & ((1ULL << lane) - 1);
#else
    const unsigned long long below = mask & ((1 << lane) - 1);
#endif
    if (hit) {
        list[begin + __popcll(below)] = first + t;
    }
    if (t == 63) {
        count[blockIdx.x] = begin + __popcll(mask) - first;
    }
}
