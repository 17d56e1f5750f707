// SPDX-License-Identifier: Apache-2.0
// The local memory given as an argument is counted in elements instead of bytes.
#ifdef RIGHT
// launch: reverse<<<2, 64>>>(x, y, local(64 * 4))
#else
// launch: reverse<<<2, 64>>>(x, y, local(64))
#endif
// array: x int[128] in random
// array: y int[128] out
// finds: out_of_bounds at "s[t] = x["
__kernel void reverse(__global const int *x, __global int *y, __local int *s)
{
    const int t = get_local_id(0);
    s[t] = x[get_global_id(0)];
    barrier(CLK_LOCAL_MEM_FENCE);
    y[get_global_id(0)] = s[63 - t];
}
