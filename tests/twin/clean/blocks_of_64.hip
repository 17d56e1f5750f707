// SPDX-License-Identifier: Apache-2.0
// HIP's own words: hipLaunch bounds, __shfl_up with width, __any, __all, __lane_id, atomicAdd of double, constant memory.
// launch: scan<<<2, 128>>>(x, y, votes)
// array: x int[256] in random(0, 9)
// array: y int[256] out
// array: votes int[2] inout zero
#include <hip/hip_runtime.h>

__constant__ int factor[2] = {1, 2};

__global__ __launch_bounds__(128) void scan(const int *__restrict__ x, int *__restrict__ y, int *votes)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    int v = x[i] * factor[blockIdx.x];
    for (int d = 1; d < 16; d *= 2) {
        const int up = __shfl_up(v, d, 16);
        if ((threadIdx.x & 15) >= d) {
            v += up;
        }
    }
    y[i] = v;
    if (__any(v > 1000) || !__all(v >= 0)) {
        atomicAdd(&votes[0], 1);
    }
    if (__syncthreads_count(v > 5) > 64 && threadIdx.x == 0) {
        atomicAdd(&votes[1], 1);
    }
}
