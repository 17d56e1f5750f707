// SPDX-License-Identifier: Apache-2.0
// Vectors of 32 bytes over an array of three of them, by four work-items.
// launch: halve<<<1, 4>>>(x, y, 3)
// array: x double[12] in random
// array: y double[12] out
// finds: out_of_bounds at "y[i] = 0.5 * x[i]"
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
__kernel void halve(__global const double4 *x, __global double4 *y, int n)
{
    const int i = get_global_id(0);
#ifdef RIGHT
    if (i < n)
#endif
    {
        y[i] = 0.5 * x[i];
    }
}
