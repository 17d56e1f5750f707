// SPDX-License-Identifier: Apache-2.0
// Atomics on local and global integers, both fences in one barrier, a constant table and a helper.
// launch: classify<<<4, 64>>>(x, bins, most)
// array: x int[256] in random(0, 99)
// array: bins uint[4] inout zero
// array: most int[1] inout zero
__constant int edges[4] = {25, 50, 75, 100};

int class_of(int v)
{
    int k = 0;
    while (v >= edges[k]) {
        ++k;
    }
    return k;
}

__kernel void classify(__global const int *x, volatile __global uint *bins, volatile __global int *most)
{
    __local uint h[4];
    const int t = get_local_id(0);
    if (t < 4) {
        h[t] = 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    const int v = x[get_global_id(0)];
    atomic_inc(&h[class_of(v)]);
    atomic_max(most, v);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (t < 4) {
        atomic_add(&bins[t], h[t]);
    }
}
