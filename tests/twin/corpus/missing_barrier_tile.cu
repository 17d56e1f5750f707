// SPDX-License-Identifier: Apache-2.0
// A 1D stencil loads its tile into shared memory and reads the neighbours' elements without a barrier between.
// launch: smooth<<<4, 64>>>(u, v, 256)
// array: u double[256] in random
// array: v double[256] out
// finds: race at "s[t + 1] = u[i]" and "v[i] = "
#define BLOCK 64

__global__ void smooth(const double *u, double *v, int n)
{
    __shared__ double s[BLOCK + 2];
    const int t = threadIdx.x, i = blockIdx.x * BLOCK + t;
    s[t + 1] = u[i];
    if (t == 0) {
        s[0] = u[i > 0 ? i - 1 : n - 1];
        s[BLOCK + 1] = u[i + BLOCK < n ? i + BLOCK : 0];
    }
#ifdef RIGHT
    __syncthreads();
#endif
    v[i] = 0.25 * s[t] + 0.5 * s[t + 1] + 0.25 * s[t + 2];
}
