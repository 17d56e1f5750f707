// SPDX-License-Identifier: Apache-2.0
// All lanes of the warp call the shuffle; its mask names the lower half only.
// launch: shift<<<1, 32>>>(x, y)
// array: x int[32] in random(0, 99)
// array: y int[32] out
// finds: warp|divergence|deadlock at "y[t] = "
__global__ void shift(const int *x, int *y)
{
    const int t = threadIdx.x;
#ifdef RIGHT
    y[t] = __shfl_up_sync(0xffffffffu, x[t], 1);
#else
    y[t] = __shfl_up_sync(0x0000ffffu, x[t], 1);
#endif
}
