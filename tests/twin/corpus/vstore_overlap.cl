// SPDX-License-Identifier: Apache-2.0
// Three components per point, written as four: the fourth is the next point's first.
// launch: pack<<<2, 32>>>(x, y)
// array: x float[64] in random
// array: y float[193] inout zero
// finds: race at "vstore4(" and "vstore4(" array y
__kernel void pack(__global const float *x, __global float *y)
{
    const int i = get_global_id(0);
    const float v = x[i];
#ifdef RIGHT
    vstore3((float3)(v, v * v, v * v * v), i, y);
#else
    vstore4((float4)(v, v * v, v * v * v, 0.0f), 0, y + 3 * i);
#endif
}
