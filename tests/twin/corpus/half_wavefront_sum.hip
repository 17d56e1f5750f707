// SPDX-License-Identifier: Apache-2.0
// A warp's sum begins its steps at 16, half of NVIDIA's 32: on 64 lanes the upper half is lost.
// launch: sum<<<2, 64>>>(x, out)
// array: x int[128] in random(0, 99)
// array: out int[2] inout zero
// finds: warp array out
#include <hip/hip_runtime.h>

__global__ void sum(const int *x, int *out)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    int v = x[i];
#ifdef RIGHT
    for (int d = warpSize / 2; d > 0; d /= 2) {
#else
    for (int d = 16; d > 0; d /= 2) {
#endif
        v += __shfl_down(v, d);
    }
    if (threadIdx.x % warpSize == 0) {
        atomicAdd(&out[blockIdx.x], v);
    }
}
