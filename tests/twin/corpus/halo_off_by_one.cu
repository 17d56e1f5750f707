// SPDX-License-Identifier: Apache-2.0
// The right halo is loaded into the tile's last element instead of the one after it.
// launch: lap<<<4, 32>>>(u, v, 128)
// array: u double[130] in random
// array: v double[128] out
// finds: uninitialised at "v[i] = s[t]" array s index 33
#define B 32

__global__ void lap(const double *u, double *v, int n)
{
    __shared__ double s[B + 2];
    const int t = threadIdx.x, i = blockIdx.x * B + t;
    s[t + 1] = u[i + 1];
    if (t == 0) {
        s[0] = u[i];
    }
    if (t == B - 1) {
#ifdef RIGHT
        s[t + 2] = u[i + 2];
#else
        s[t + 1] = u[i + 2];
#endif
    }
    __syncthreads();
    v[i] = s[t] - 2.0 * s[t + 1] + s[t + 2];
}
