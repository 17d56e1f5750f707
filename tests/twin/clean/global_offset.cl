// SPDX-License-Identifier: Apache-2.0
// The inner cells of a frame, by OpenCL's global offset, in three dimensions; linear indices do not count it.
// launch: smooth<<<(2, 2, 2), (8, 4, 2), 0, (1, 1, 1)>>>(u, v, order, 18, 10)
// array: u float[6][10][18] in random
// array: v float[6][10][18] inout zero
// array: order int[512] out
#if __OPENCL_C_VERSION__ < 200
#define get_global_linear_id() ((get_global_id(2) - 1) * 128 + (get_global_id(1) - 1) * 16 + get_global_id(0) - 1)
#endif
__kernel void smooth(__global const float *u, __global float *v, __global int *order, int nx, int ny)
{
    const int i = get_global_id(0), j = get_global_id(1), k = get_global_id(2);
    const int at = (k * ny + j) * nx + i;
    v[at] = 0.5f * (u[at - 1] + u[at + 1]) + 0.25f * (u[at - nx * ny] + u[at + nx * ny]);
    order[get_global_linear_id()] = (int)(get_global_offset(0) + get_work_dim());
}
