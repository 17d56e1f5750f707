// SPDX-License-Identifier: Apache-2.0
// A histogram per block in shared memory, merged with global atomics.
// launch: histogram<<<4, 96>>>(x, bins, 1000)
// array: x uchar[1000] in random(0, 63)
// array: bins uint[64] inout zero
__global__ void histogram(const unsigned char *x, unsigned int *bins, int n)
{
    __shared__ unsigned int h[64];
    for (int b = threadIdx.x; b < 64; b += blockDim.x) {
        h[b] = 0;
    }
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        atomicAdd(&h[x[i]], 1u);
    }
    __syncthreads();
    for (int b = threadIdx.x; b < 64; b += blockDim.x) {
        if (h[b]) {
            atomicAdd(bins + b, h[b]);
        }
    }
}
