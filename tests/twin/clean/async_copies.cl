// SPDX-License-Identifier: Apache-2.0
// Asynchronous copies of a work-group in and out of local memory, with events.
// launch: square<<<3, 32>>>(x, y)
// array: x float[96] in random
// array: y float[96] out
__kernel void square(__global const float *x, __global float *y)
{
    __local float in[32], out[32];
    const int t = get_local_id(0);
    const size_t first = get_group_id(0) * get_local_size(0);
    event_t read = async_work_group_copy(in, x + first, 32, 0);
    wait_group_events(1, &read);
    out[t] = in[31 - t] * in[t];
    barrier(CLK_LOCAL_MEM_FENCE);
    event_t written = async_work_group_copy(y + first, out, 32, 0);
    wait_group_events(1, &written);
}
