// SPDX-License-Identifier: Apache-2.0
// The first sweep of a heat equation writes the interior of `v` only, the second one reads its border as well.
// launch: sweep<<<2, 32>>>(u, v, 64)
// launch: sweep<<<2, 32>>>(v, u, 64)
// array: u double[64] inout random
// array: v double[64] out
// finds: uninitialised at "u[i - 1] + u[i + 1]" array v
__global__ void sweep(const double *u, double *v, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i > 0 && i < n - 1) {
        v[i] = u[i] + 0.1 * (u[i - 1] + u[i + 1] - 2.0 * u[i]);
    }
#ifdef RIGHT
    if (i == 0 || i == n - 1) {
        v[i] = u[i];
    }
#endif
}
