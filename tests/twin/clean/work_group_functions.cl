// SPDX-License-Identifier: Apache-2.0
// Collective functions of OpenCL C 2.0: a scan, a reduction, a broadcast and a vote over work-groups of two dimensions.
// standard: CL2.0
// launch: collect<<<(2, 2), (8, 4)>>>(x, y, z)
// array: x int[128] in random(0, 9)
// array: y int[128] out
// array: z int[4] out
__kernel void collect(__global const int *x, __global int *y, __global int *z)
{
    const size_t at = get_global_linear_id();
    const int scanned = work_group_scan_inclusive_add(x[at]);
    const int total = work_group_reduce_add(x[at]);
    const int last = work_group_broadcast(scanned, 7, 3);
    const int some = work_group_any(total > 0);
    y[at] = scanned;
    if (get_local_linear_id() == 0) {
        z[get_group_id(1) * 2 + get_group_id(0)] = some ? last - total : 0;
    }
}
