// SPDX-License-Identifier: Apache-2.0
// mem_fence() orders what one work-item does; it does not wait for the others.
// launch: reverse<<<2, 32>>>(x, y)
// array: x int[64] in random(0, 99)
// array: y int[64] out
// finds: race at "s[t] = x[" and "] = s[31 - t]" array s
__kernel void reverse(__global const int *x, __global int *y)
{
    __local int s[32];
    const int t = get_local_id(0);
    s[t] = x[get_global_id(0)];
#ifdef RIGHT
    barrier(CLK_LOCAL_MEM_FENCE);
#else
    mem_fence(CLK_LOCAL_MEM_FENCE);
#endif
    y[get_global_id(0)] = s[31 - t];
}
