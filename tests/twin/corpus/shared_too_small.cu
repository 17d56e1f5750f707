// SPDX-License-Identifier: Apache-2.0
// The tile has no room for the halo on its right.
// launch: filter<<<2, 64>>>(u, v, 128)
// array: u float[130] in random
// array: v float[128] out
// finds: out_of_bounds at "s[64 + t] = " array s
__global__ void filter(const float *u, float *v, int n)
{
#ifdef RIGHT
    __shared__ float s[64 + 2];
#else
    __shared__ float s[64];
#endif
    const int t = threadIdx.x, i = blockIdx.x * 64 + t;
    s[t] = u[i];
    if (t < 2) {
        s[64 + t] = u[i + 64];
    }
    __syncthreads();
    if (i < n) {
        v[i] = (s[t] + s[t + 1] + s[t + 2]) / 3.0f;
    }
}
