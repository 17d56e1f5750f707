// SPDX-License-Identifier: Apache-2.0
// A block of 32 × 32 × 2 threads: more than the 1024 that any GPU takes.
#ifdef RIGHT
// launch: clear<<<(1, 1, 2), (32, 32, 1)>>>(x, 32)
#else
// launch: clear<<<(1, 1, 1), (32, 32, 2)>>>(x, 32)
#endif
// array: x int[2048] out
// finds: launch
__global__ void clear(int *x, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
    const int k = blockIdx.z * blockDim.z + threadIdx.z;
    x[(k * n + j) * n + i] = 0;
}
