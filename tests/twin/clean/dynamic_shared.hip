// SPDX-License-Identifier: Apache-2.0
// HIP_DYNAMIC_SHARED, hipThreadIdx_x and its like.
// launch: reverse<<<2, 64, 64 * 4>>>(x, y)
// array: x float[128] in random
// array: y float[128] out
#include <hip/hip_runtime.h>

__global__ void reverse(const float *x, float *y)
{
    HIP_DYNAMIC_SHARED(float, s)
    const int t = hipThreadIdx_x, i = hipBlockIdx_x * hipBlockDim_x + t;
    s[t] = x[i];
    __syncthreads();
    y[i] = s[hipBlockDim_x - 1 - t];
}
