// SPDX-License-Identifier: Apache-2.0
// One step of the heat equation, 7 points in 3D, 64 × 64 × 64 cells within a frame.
// launch: heat<<<(2, 16, 64), (32, 4, 1)>>>(u, v, 66)
// array: u float[66][66][66] in random
// array: v float[66][66][66] inout random
__kernel void heat(__global const float *u, __global float *v, int pitch)
{
    const int i = get_global_id(0) + 1, j = get_global_id(1) + 1, k = get_global_id(2) + 1;
    const int plane = pitch * pitch, at = k * plane + j * pitch + i;
    v[at] = 0.4f * u[at] + 0.1f * (u[at - 1] + u[at + 1] + u[at - pitch] + u[at + pitch] + u[at - plane] + u[at + plane]);
}
