// SPDX-License-Identifier: Apache-2.0
// Partial sums go from warp to warp through shared memory with a barrier of the first warp only.
// launch: sum<<<2, 128>>>(x, out)
// array: x int[256] in random(0, 9)
// array: out int[2] out
// finds: race at "warps[t / 32] = v" and "v = warps[t]" array warps | uninitialised at "v = warps[t]" array warps
__global__ void sum(const int *x, int *out)
{
    __shared__ int warps[4];
    const int t = threadIdx.x;
    int v = x[blockIdx.x * 128 + t];
    for (int d = 16; d > 0; d /= 2) {
        v += __shfl_down_sync(0xffffffffu, v, d);
    }
    if (t % 32 == 0) {
        warps[t / 32] = v;
    }
#ifdef RIGHT
    __syncthreads();
#else
    __syncwarp();
#endif
    if (t < 4) {
        v = warps[t];
        for (int d = 2; d > 0; d /= 2) {
            v += __shfl_down_sync(0xfu, v, d, 4);
        }
        if (t == 0) {
            out[blockIdx.x] = v;
        }
    }
}
