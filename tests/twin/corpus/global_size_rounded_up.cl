// SPDX-License-Identifier: Apache-2.0
// The global size is rounded up to whole work-groups, and nothing guards the last of them.
// launch: axpy<<<2, 64>>>(x, y, 0.5, 100)
// array: x float[100] in random
// array: y float[100] inout random
// finds: out_of_bounds at "y[i] += a * x[i]"
__kernel void axpy(__global const float *x, __global float *y, float a, int n)
{
    const int i = get_global_id(0);
#ifdef RIGHT
    if (i < n)
#endif
    {
        y[i] += a * x[i];
    }
}
