// SPDX-License-Identifier: Apache-2.0
// The mean over a cell's particles, where a cell may have none.
// launch: mean<<<2, 32>>>(charge, count, y)
// array: charge int[64] in random
// array: count int[64] in random(0, 2)
// array: y int[64] out
// finds: trap at "charge[i] / n"
__global__ void mean(const int *charge, const int *count, int *y)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
#ifdef RIGHT
    const int n = count[i] > 0 ? count[i] : 1;
#else
    const int n = count[i];
#endif
    y[i] = charge[i] / n;
}
