// SPDX-License-Identifier: Apache-2.0
// Threads without a cell return; those that stay wait for them at the barrier, for ever on some GPUs.
// launch: smooth<<<2, 64>>>(u, v, 100)
// array: u double[128] in random
// array: v double[128] inout zero
// finds: divergence at "__syncthreads()"
#include <hip/hip_runtime.h>

__global__ void smooth(const double *u, double *v, int n)
{
    __shared__ double s[64];
    const int t = threadIdx.x, i = blockIdx.x * 64 + t;
#ifndef RIGHT
    if (i >= n) {
        return;
    }
#endif
    s[t] = u[i];
    __syncthreads();
    if (i < n) {
        v[i] = 0.5 * (s[t] + s[t > 0 ? t - 1 : 0]);
    }
}
