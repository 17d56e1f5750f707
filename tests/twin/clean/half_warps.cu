// SPDX-License-Identifier: Apache-2.0
// Divergent halves of a warp each synchronise among themselves.
// launch: halves<<<1, 32>>>(x, y)
// array: x int[32] in random(0, 99)
// array: y int[32] out
__global__ void halves(const int *x, int *y)
{
    __shared__ int s[32];
    const int t = threadIdx.x;
    if (t < 16) {
        s[t] = x[t];
        __syncwarp(0x0000ffffu);
        y[t] = s[15 - t];
    } else {
        const unsigned mask = 0xffff0000u;
        const int sum = __shfl_xor_sync(mask, x[t], 1) + x[t];
        s[t] = sum;
        __syncwarp(mask);
        y[t] = s[47 - t] + (__all_sync(mask, sum >= 0) ? 1 : 0);
    }
}
