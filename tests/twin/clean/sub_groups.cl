// SPDX-License-Identifier: Apache-2.0
// A sum over the work-group by sub-groups of whatever size, and a shuffle within pairs.
// standard: CL2.0
// launch: sum<<<3, 96>>>(x, y, pairs)
// array: x int[288] in ramp
// array: y int[3] out
// array: pairs int[288] out
#pragma OPENCL EXTENSION cl_khr_subgroups : enable
__kernel void sum(__global const int *x, __global int *y, __global int *pairs)
{
    __local int part[64];
    const int mine = x[get_global_id(0)];
    const int all = sub_group_reduce_add(mine);
    if (get_sub_group_local_id() == 0) {
        part[get_sub_group_id()] = all;
    }
    pairs[get_global_id(0)] = mine + sub_group_shuffle_xor(mine, 1);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (get_local_id(0) == 0) {
        int total = 0;
        for (uint i = 0; i < get_num_sub_groups(); ++i) {
            total += part[i];
        }
        y[get_group_id(0)] = total;
    }
}
