// SPDX-License-Identifier: Apache-2.0
// An n-body kernel loads whole tiles of particles although n is no multiple of the tile.
// launch: forces<<<2, 32>>>(x, f, 50)
// array: x float[50] in random
// array: f float[50] out
// finds: out_of_bounds at "s[t] = x[k0 + t]" array x
__global__ void forces(const float *x, float *f, int n)
{
    __shared__ float s[32];
    const int t = threadIdx.x, i = blockIdx.x * 32 + t;
    const float mine = i < n ? x[i] : 0.0f;
    float sum = 0.0f;
    for (int k0 = 0; k0 < n; k0 += 32) {
#ifdef RIGHT
        s[t] = k0 + t < n ? x[k0 + t] : 0.0f;
#else
        s[t] = x[k0 + t];
#endif
        __syncthreads();
        for (int k = 0; k < 32 && k0 + k < n; ++k) {
            const float d = s[k] - mine;
            sum += d / (d * d + 0.01f);
        }
        __syncthreads();
    }
    if (i < n) {
        f[i] = sum;
    }
}
