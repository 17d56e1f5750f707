// SPDX-License-Identifier: Apache-2.0
// 200 KB of local memory per thread, of which CUDA allows 512; recursion to a depth that is known.
// launch: sort<<<2, 32>>>(x, y, 50000)
// array: x float[64] in random
// array: y float[64] out
__device__ __noinline__ float sum(const float *v, const int n)
{
    return n == 1 ? v[0] : sum(v, n / 2) + sum(v + n / 2, n - n / 2);
}
__global__ void sort(const float *x, float *y, const int n)
{
    float v[50000];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    for (int k = 0; k < 64; ++k) {
        v[n / 64 * k] = x[(i + k) % 64];
    }
    v[0] = x[i];
    v[1] = v[2] = v[3] = 1;
    y[i] = sum(v, 4) + v[n / 64 * 63];
}
