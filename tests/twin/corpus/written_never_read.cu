// SPDX-License-Identifier: Apache-2.0
// Each thread of the block leaves its mark in the same element, which nobody reads yet: a compiler drops such stores.
// launch: mark<<<2, 64>>>(x, y)
// array: x float[128] in random
// array: y float[128] out
// finds: race at "seen[SLOT] = x[i]" and "seen[SLOT] = x[i]" array seen
#ifdef RIGHT
#define SLOT threadIdx.x
#else
#define SLOT threadIdx.x / 64
#endif
__global__ void mark(const float *x, float *y)
{
    __shared__ float seen[64];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    seen[SLOT] = x[i];
    y[i] = 2 * x[i];
}
