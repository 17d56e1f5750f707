// SPDX-License-Identifier: Apache-2.0
// Threads beyond n return at once, as in an elementwise kernel, and their element of the block's sum is never set.
// launch: norm<<<2, 32>>>(x, out, 50)
// array: x float[50] in random
// array: out float[2] out
// finds: uninitialised at "s[t] += s[t + d]" array s | divergence at "__syncthreads()"
__global__ void norm(const float *x, float *out, int n)
{
    __shared__ float s[32];
    const int t = threadIdx.x, i = blockIdx.x * 32 + t;
#ifdef RIGHT
    s[t] = i < n ? x[i] * x[i] : 0.0f;
#else
    if (i >= n) {
        return;
    }
    s[t] = x[i] * x[i];
#endif
    for (int d = 16; d > 0; d /= 2) {
        __syncthreads();
        if (t < d) {
            s[t] += s[t + d];
        }
    }
    if (t == 0) {
        out[blockIdx.x] = s[0];
    }
}
