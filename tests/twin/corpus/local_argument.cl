// SPDX-License-Identifier: Apache-2.0
// The work-group's memory is an argument; its neighbour's element is read before it is surely there.
// launch: shift<<<2, 32>>>(x, y, local(32 * 8))
// array: x double[64] in random
// array: y double[64] out
// finds: race at "tile[t] = x[i]" and "tile[31 - t]"
__kernel void shift(__global const double *x, __global double *y, __local double *tile)
{
    const int t = get_local_id(0), i = get_global_id(0);
    tile[t] = x[i];
#ifdef RIGHT
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    y[i] = tile[31 - t];
}
