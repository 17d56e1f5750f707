// SPDX-License-Identifier: Apache-2.0
// Dimension 0 is the fastest; the kernel takes it for the row of an array that is not square.
// launch: scale<<<(4, 2), (8, 8)>>>(a, b, 32, 16)
// array: a float[512] in random
// array: b float[512] out
// finds: out_of_bounds at "b[y * nx + x] = "
__kernel void scale(__global const float *a, __global float *b, int nx, int ny)
{
#ifdef RIGHT
    const int x = get_global_id(0), y = get_global_id(1);
#else
    const int x = get_global_id(1), y = get_global_id(0);
#endif
    b[y * nx + x] = 2.0f * a[y * nx + x];
}
