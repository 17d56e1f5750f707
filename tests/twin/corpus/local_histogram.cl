// SPDX-License-Identifier: Apache-2.0
// The work-group's own histogram is counted with plain increments.
// launch: histogram<<<2, 64>>>(x, bins)
// array: x int[128] in random(0, 7)
// array: bins int[8] inout zero
// finds: race at "h[x[get_global_id(0)]]++" and "h[x[get_global_id(0)]]++" array h
__kernel void histogram(__global const int *x, __global int *bins)
{
    __local int h[8];
    const int t = get_local_id(0);
    if (t < 8) {
        h[t] = 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#ifdef RIGHT
    atomic_inc(&h[x[get_global_id(0)]]);
#else
    h[x[get_global_id(0)]]++;
#endif
    barrier(CLK_LOCAL_MEM_FENCE);
    if (t < 8) {
        atomic_add(&bins[t], h[t]);
    }
}
