// SPDX-License-Identifier: Apache-2.0
// The last 64 threads of a reduction need no barrier on a wavefront of 64; where a warp has 32, two of them race.
// launch: sum<<<2, 128>>>(x, out)
// array: x int[256] in random(0, 99)
// array: out int[2] out
// finds: race at "s[t] += s[t + 64]" and "s[t] += s[t + 32]" array s
#include <hip/hip_runtime.h>

__global__ void sum(const int *x, int *out)
{
    __shared__ int s[128];
    const int t = threadIdx.x;
    s[t] = x[blockIdx.x * 128 + t];
    __syncthreads();
    if (t < 64) {
        s[t] += s[t + 64];
    }
#ifdef RIGHT
    __syncthreads();
#endif
    if (t < 32) {
        s[t] += s[t + 32];
    }
    for (int d = 16; d > 0; d /= 2) {
        __syncthreads();
        if (t < d) {
            s[t] += s[t + d];
        }
    }
    if (t == 0) {
        out[blockIdx.x] = s[0];
    }
}
