// SPDX-License-Identifier: Apache-2.0
// Forces are added to an array that nobody has set to zero.
// launch: forces<<<2, 32>>>(x, f, 64)
// array: x double[64] in random
// array: f double[64] out
// finds: uninitialised at "f[i] += " array f index 0
__global__ void forces(const double *x, double *f, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
#ifdef RIGHT
    f[i] = 0.0;
#endif
    f[i] += x[(i + 1) % n] - x[i];
}
