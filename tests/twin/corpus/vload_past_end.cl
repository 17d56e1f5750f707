// SPDX-License-Identifier: Apache-2.0
// Four elements at a time over an array whose length is no multiple of four.
// launch: norm<<<1, 32>>>(x, y, 126)
// array: x float[126] in random
// array: y float[32] out
// finds: out_of_bounds at "vload4(i, x)" array x
__kernel void norm(__global const float *x, __global float *y, int n)
{
    const int i = get_global_id(0);
#ifdef RIGHT
    float4 v = 0.0f;
    if (4 * i + 4 <= n) {
        v = vload4(i, x);
    } else {
        v.x = 4 * i < n ? x[4 * i] : 0.0f;
        v.y = 4 * i + 1 < n ? x[4 * i + 1] : 0.0f;
        v.z = 4 * i + 2 < n ? x[4 * i + 2] : 0.0f;
    }
#else
    const float4 v = vload4(i, x);
#endif
    y[i] = dot(v, v);
}
