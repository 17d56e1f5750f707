// SPDX-License-Identifier: Apache-2.0
// The guard lets one thread too many through.
// launch: axpy<<<3, 64>>>(x, y, 2.0, 150)
// array: x double[150] in random
// array: y double[150] inout random
// finds: out_of_bounds at "y[i] += a * x[i]" index 150
__global__ void axpy(const double *x, double *y, double a, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
#ifdef RIGHT
    if (i < n) {
#else
    if (i <= n) {
#endif
        y[i] += a * x[i];
    }
}
