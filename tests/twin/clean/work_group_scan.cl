// SPDX-License-Identifier: Apache-2.0
// A scan of a work-group in local memory, uniform loop of barriers, two kernels in a row, get_global_size and offset.
// launch: scan<<<4, 64>>>(x, y, sums)
// launch: add<<<4, 64>>>(y, sums)
// array: x int[256] in random(0, 9)
// array: y int[256] out
// array: sums int[4] out
#define SIZE 64

__kernel void scan(__global const int *x, __global int *y, __global int *sums)
{
    __local int s[2][SIZE];
    const uint t = get_local_id(0);
    int from = 0;
    s[0][t] = x[get_global_id(0)];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint d = 1; d < SIZE; d <<= 1) {
        s[1 - from][t] = s[from][t] + (t >= d ? s[from][t - d] : 0);
        from = 1 - from;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    y[get_global_id(0)] = s[from][t];
    if (t == SIZE - 1) {
        sums[get_group_id(0)] = s[from][t];
    }
}

__kernel void add(__global int *y, __global const int *sums)
{
    int before = 0;
    for (size_t g = 0; g < get_group_id(0); ++g) {
        before += sums[g];
    }
    y[get_global_id(0) - get_global_offset(0)] += before;
}
