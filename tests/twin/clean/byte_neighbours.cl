// SPDX-License-Identifier: Apache-2.0
// Work-items write neighbouring bytes, and uchar4 side by side.
// launch: mark<<<3, 32>>>(x, flag, pixel)
// array: x float[96] in random
// array: flag uchar[96] out
// array: pixel uchar4[96] out
__kernel void mark(__global const float *x, __global uchar *flag, __global uchar4 *pixel)
{
    const int i = get_global_id(0);
    flag[i] = x[i] > 0.5f;
    pixel[i] = (uchar4)(convert_uchar_sat(x[i] * 255.0f), 0, 0, 255);
}
