// SPDX-License-Identifier: Apache-2.0
// One thread clears the block's histogram with memset, and the others count into it at once.
// launch: histogram<<<2, 64>>>(x, bins)
// array: x int[128] in random(0, 31)
// array: bins int[32] inout zero
// finds: race at "memset(h, 0, sizeof h)" and "atomicAdd(&h[x[" array h
__global__ void histogram(const int *x, int *bins)
{
    __shared__ int h[32];
    const int t = threadIdx.x;
    if (t == 0) {
        memset(h, 0, sizeof h);
    }
#ifdef RIGHT
    __syncthreads();
#endif
    atomicAdd(&h[x[blockIdx.x * 64 + t]], 1);
    __syncthreads();
    if (t < 32) {
        atomicAdd(&bins[t], h[t]);
    }
}
