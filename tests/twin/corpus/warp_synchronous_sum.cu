// SPDX-License-Identifier: Apache-2.0
// The last steps of a reduction rely on a warp's threads moving together, which they do not have to since Volta.
// launch: sum<<<2, 64>>>(x, out)
// array: x int[128] in random(0, 99)
// array: out int[2] out
// finds: race at "s[t] += s[t + d]; // the warp alone" and "s[t] += s[t + d]; // the warp alone" array s
__global__ void sum(const int *x, int *out)
{
    __shared__ int s[64];
    const int t = threadIdx.x;
    s[t] = x[blockIdx.x * 64 + t];
    __syncthreads();
    if (t < 32) {
        s[t] += s[t + 32];
        for (int d = 16; d > 0; d /= 2) {
#ifdef RIGHT
            __syncwarp();
            const int other = s[t + d];
            __syncwarp();
            s[t] += other;
#else
            s[t] += s[t + d]; // the warp alone
#endif
        }
    }
    if (t == 0) {
        out[blockIdx.x] = s[0];
    }
}
