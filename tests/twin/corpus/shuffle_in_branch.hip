// SPDX-License-Identifier: Apache-2.0
// A shuffle inside of a branch that only some lanes take: what an inactive lane gives is not defined.
// launch: diff<<<1, 64>>>(u, g, 50)
// array: u float[64] in random
// array: g float[64] inout zero
// finds: warp|divergence at "__shfl_down(mine, 1)"
#include <hip/hip_runtime.h>

__global__ void diff(const float *u, float *g, int n)
{
    const int t = threadIdx.x;
    const float mine = u[t];
#ifdef RIGHT
    const float next = __shfl_down(mine, 1);
    if (t < n && t % 16 != 15) {
        g[t] = next - mine;
    }
#else
    if (t < n && t % 16 != 15) {
        g[t] = __shfl_down(mine, 1) - mine;
    }
#endif
}
