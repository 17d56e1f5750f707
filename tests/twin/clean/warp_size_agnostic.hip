// SPDX-License-Identifier: Apache-2.0
// A sum that asks for the width of the wavefront, and ballots kept in 64 bits.
// launch: sum<<<3, 128>>>(x, out, hits)
// array: x int[384] in random(0, 99)
// array: out int[1] inout zero
// array: hits int[1] inout zero
#include <hip/hip_runtime.h>

__global__ void sum(const int *x, int *out, int *hits)
{
    __shared__ int warps[64];
    const int t = threadIdx.x, lane = t % warpSize, warp = t / warpSize;
    int v = x[blockIdx.x * blockDim.x + t];
    const unsigned long long mask = __ballot(v > 50);
    if (lane == 0) {
        atomicAdd(hits, __popcll(mask));
    }
    for (int d = warpSize / 2; d > 0; d /= 2) {
        v += __shfl_xor(v, d);
    }
    if (lane == 0) {
        warps[warp] = v;
    }
    __syncthreads();
    if (t == 0) {
        for (int w = 1; w < blockDim.x / warpSize; ++w) {
            v += warps[w];
        }
        atomicAdd(out, v);
    }
}
