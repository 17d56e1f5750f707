// SPDX-License-Identifier: Apache-2.0
// n / block rounds to zero blocks for a small case: the launch fails, nothing is computed, and nobody looks.
#ifdef RIGHT
// launch: init<<<(100 + 255) / 256, 256>>>(x, 100)
#else
// launch: init<<<100 / 256, 256>>>(x, 100)
#endif
// array: x double[100] out
// finds: launch
__global__ void init(double *x, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        x[i] = 1.0 / (i + 1);
    }
}
