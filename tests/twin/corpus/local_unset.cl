// SPDX-License-Identifier: Apache-2.0
// A local counter is used as if it began at zero.
// launch: count<<<2, 64>>>(x, hits)
// array: x int[128] in random(0, 9)
// array: hits int[2] out
// finds: uninitialised at "atomic_inc(&found)" array found
__kernel void count(__global const int *x, __global int *hits)
{
    __local int found;
    const int t = get_local_id(0);
#ifdef RIGHT
    if (t == 0) {
        found = 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    if (x[get_global_id(0)] > 4) {
        atomic_inc(&found);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (t == 0) {
        hits[get_group_id(0)] = found;
    }
}
