// SPDX-License-Identifier: Apache-2.0
// A barrier instead of wait_group_events(): it waits for the work-items, not for the copy.
// launch: weigh<<<4, 32>>>(u, v)
// array: u float[128] in random
// array: v float[128] out
// finds: race at "v[get_global_id(0)] = " and "async_work_group_copy(" array tile
__kernel void weigh(__global const float *u, __global float *v)
{
    __local float tile[32];
    const int t = get_local_id(0);
    event_t copied = async_work_group_copy(tile, u + get_group_id(0) * 32, 32, 0);
#ifdef RIGHT
    wait_group_events(1, &copied);
    v[get_global_id(0)] = 0.5f * tile[31 - t];
#else
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    v[get_global_id(0)] = 0.5f * tile[31 - t];
    wait_group_events(1, &copied);
#endif
}
