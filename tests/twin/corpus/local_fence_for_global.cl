// SPDX-License-Identifier: Apache-2.0
// The scratch array is in global memory, but the barrier orders local memory only.
// launch: shift<<<2, 64>>>(x, scratch, y)
// array: x int[128] in random(0, 99)
// array: scratch int[128] scratch
// array: y int[128] out
// finds: fence|race at "scratch[i] = x[i]" and "y[i] = scratch[" array scratch
__kernel void shift(__global const int *x, __global int *scratch, __global int *y)
{
    const int t = get_local_id(0), i = get_global_id(0);
    scratch[i] = x[i];
#ifdef RIGHT
    barrier(CLK_GLOBAL_MEM_FENCE);
#else
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    y[i] = scratch[i - t + (t + 1) % 64];
}
