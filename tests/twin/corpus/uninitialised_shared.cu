// SPDX-License-Identifier: Apache-2.0
// The last block is not full: threads beyond n leave their element of the shared sum unset, and it is added.
// launch: dot<<<2, 64>>>(x, y, partial, 100)
// array: x double[100] in random
// array: y double[100] in random
// array: partial double[2] out
// finds: uninitialised at "s[t] += s[t + d]" array s
__global__ void dot(const double *x, const double *y, double *partial, int n)
{
    __shared__ double s[64];
    const int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
#ifdef RIGHT
    s[t] = i < n ? x[i] * y[i] : 0.0;
#else
    if (i < n) {
        s[t] = x[i] * y[i];
    }
#endif
    for (int d = 32; d > 0; d /= 2) {
        __syncthreads();
        if (t < d) {
            s[t] += s[t + d];
        }
    }
    if (t == 0) {
        partial[blockIdx.x] = s[0];
    }
}
