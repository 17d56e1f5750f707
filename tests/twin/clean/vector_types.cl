// SPDX-License-Identifier: Apache-2.0
// Vector types, swizzles, vload and vstore, conversions and maths built-ins.
// launch: rotate4<<<2, 32>>>(p, q, 0.5)
// launch: halves<<<1, 32>>>(x, y)
// array: p float4[64] in random
// array: q float4[64] out
// array: x float[256] in random
// array: y float[256] out
__kernel void rotate4(__global const float4 *p, __global float4 *q, float angle)
{
    const int i = get_global_id(0);
    const float4 v = p[i];
    const float c = cos(angle), s = sin(angle);
    q[i] = (float4)(c * v.x - s * v.y, s * v.x + c * v.y, v.zw);
}

__kernel void halves(__global const float *x, __global float *y)
{
    const size_t i = get_global_id(0);
    const float8 v = vload8(i, x);
    const int4 k = convert_int4(v.lo * 100.0f);
    vstore4(v.hi + convert_float4(k), 2 * i, y);
    vstore4(fmin(v.lo, v.hi), 2 * i + 1, y);
}
