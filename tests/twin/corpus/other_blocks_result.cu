// SPDX-License-Identifier: Apache-2.0
// Block 0 adds up what the other blocks write in the same launch.
// launch: sum<<<4, 32>>>(x, partial, total, 0)
#ifdef RIGHT
// launch: sum<<<1, 32>>>(x, partial, total, 4)
#endif
// array: x int[128] in random(0, 9)
// array: partial int[4] inout zero
// array: total int[1] inout zero
// finds: race at "partial[blockIdx.x] = s" and "all += partial[k]" array partial
__global__ void sum(const int *x, int *partial, int *total, int blocks)
{
    if (threadIdx.x != 0) {
        return;
    }
#ifdef RIGHT
    if (blocks == 0)
#endif
    {
        int s = 0;
        for (int k = 0; k < 32; ++k) {
            s += x[blockIdx.x * 32 + k];
        }
        partial[blockIdx.x] = s;
    }
#ifndef RIGHT
    blocks = gridDim.x;
#endif
    if (blockIdx.x == 0 && blocks > 0) {
        int all = 0;
        for (int k = 0; k < blocks; ++k) {
            all += partial[k];
        }
        *total = all;
    }
}
