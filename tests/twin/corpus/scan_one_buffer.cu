// SPDX-License-Identifier: Apache-2.0
// Hillis and Steele's scan in one buffer: a thread reads its partner's element while the partner updates it.
// launch: scan<<<2, 64>>>(x, y)
// array: x int[128] in random(0, 9)
// array: y int[128] out
// finds: race at "s[t] += s[t - d]" and "s[t] += s[t - d]" array s
__global__ void scan(const int *x, int *y)
{
    __shared__ int s[64];
    const int t = threadIdx.x, i = blockIdx.x * 64 + t;
    s[t] = x[i];
    for (int d = 1; d < 64; d *= 2) {
        __syncthreads();
#ifdef RIGHT
        const int add = t >= d ? s[t - d] : 0;
        __syncthreads();
        s[t] += add;
#else
        if (t >= d) {
            s[t] += s[t - d];
        }
#endif
    }
    __syncthreads();
    y[i] = s[t];
}
