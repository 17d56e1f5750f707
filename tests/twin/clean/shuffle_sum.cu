// SPDX-License-Identifier: Apache-2.0
// Sum by warp shuffles, a value per warp through shared memory, a grid-stride loop.
// launch: sum<<<4, 128>>>(x, out, 1000)
// array: x int[1000] in random(0, 99)
// array: out int[1] inout zero
__device__ __forceinline__ int warp_sum(int v)
{
#pragma unroll
    for (int d = 16; d > 0; d /= 2) {
        v += __shfl_down_sync(0xffffffffu, v, d);
    }
    return v;
}

__global__ void sum(const int *__restrict__ x, int *out, int n)
{
    __shared__ int warps[32];
    int v = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        v += __ldg(x + i);
    }
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    v = warp_sum(v);
    if (lane == 0) {
        warps[warp] = v;
    }
    __syncthreads();
    if (warp == 0) {
        v = warp_sum(lane < blockDim.x / 32 ? warps[lane] : 0);
        if (lane == 0) {
            atomicAdd(out, v);
        }
    }
}
