// SPDX-License-Identifier: Apache-2.0
// The tile is copied asynchronously, and used without waiting for the copy's event.
// launch: weigh<<<4, 32>>>(u, v)
// array: u float[128] in random
// array: v float[128] out
// finds: race|uninitialised at "v[get_global_id(0)] = " array tile
__kernel void weigh(__global const float *u, __global float *v)
{
    __local float tile[32];
    const int t = get_local_id(0);
    event_t copied = async_work_group_copy(tile, u + get_group_id(0) * 32, 32, 0);
#ifdef RIGHT
    wait_group_events(1, &copied);
#else
    (void)copied;
#endif
    v[get_global_id(0)] = 0.5f * tile[31 - t];
}
