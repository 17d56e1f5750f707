// SPDX-License-Identifier: Apache-2.0
// float8 rows of a tile are read in another order, without a barrier between.
// launch: turn<<<1, 32>>>(x, y)
// array: x float[256] in random
// array: y float[256] out
// finds: race at "tile[t] = x[t]" and "y[t] = tile[31 - t]" array tile
__kernel void turn(__global const float8 *x, __global float8 *y)
{
    __local float8 tile[32];
    const int t = get_local_id(0);
    tile[t] = x[t];
#ifdef RIGHT
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    y[t] = tile[31 - t].s76543210;
}
