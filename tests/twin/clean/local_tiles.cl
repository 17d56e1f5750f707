// SPDX-License-Identifier: Apache-2.0
// A tiled transpose: two dimensions, required work-group size, a 2D local array.
// launch: transpose<<<(3, 2), (16, 16)>>>(a, b, 48, 32)
// array: a double[1536] in random
// array: b double[1536] out
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

__kernel __attribute__((reqd_work_group_size(16, 16, 1))) void
transpose(__global const double *restrict a, __global double *restrict b, const int nx, const int ny)
{
    __local double tile[16][17];
    const int x = get_local_id(0), y = get_local_id(1);
    tile[y][x] = a[get_global_id(1) * nx + get_global_id(0)];
    barrier(CLK_LOCAL_MEM_FENCE);
    b[(get_group_id(0) * 16 + y) * ny + get_group_id(1) * 16 + x] = tile[x][y];
}
