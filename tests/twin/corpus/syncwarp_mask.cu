// SPDX-License-Identifier: Apache-2.0
// The last lane is missing from the mask of __syncwarp() and from those who wait, yet the first reads its value.
// launch: ring<<<1, 32>>>(x, y)
// array: x int[32] in random(0, 99)
// array: y int[32] inout zero
// finds: race at "s[t] = x[t]" and "y[t] = s[(t + 31) % 32]" array s
__global__ void ring(const int *x, int *y)
{
    __shared__ int s[32];
    const int t = threadIdx.x;
    s[t] = x[t];
#ifdef RIGHT
    __syncwarp();
#else
    if (t < 31) {
        __syncwarp(0x7fffffffu);
    }
#endif
    y[t] = s[(t + 31) % 32];
}
