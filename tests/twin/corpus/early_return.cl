// SPDX-License-Identifier: Apache-2.0
// The global size is rounded up; work-items beyond n return before the barrier that all must reach.
// launch: smooth<<<2, 64>>>(u, v, 100)
// array: u double[128] in random
// array: v double[128] inout zero
// finds: divergence at "barrier(CLK_LOCAL_MEM_FENCE)"
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

__kernel void smooth(__global const double *u, __global double *v, int n)
{
    __local double s[64];
    const int t = get_local_id(0), i = get_global_id(0);
#ifndef RIGHT
    if (i >= n) {
        return;
    }
#endif
    s[t] = u[i];
    barrier(CLK_LOCAL_MEM_FENCE);
    if (i < n) {
        v[i] = 0.5 * (s[t] + s[t > 0 ? t - 1 : 0]);
    }
}
