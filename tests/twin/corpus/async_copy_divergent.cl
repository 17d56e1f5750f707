// SPDX-License-Identifier: Apache-2.0
// The copy is meant for the whole work-group; only its first work-item asks for it.
// launch: weigh<<<4, 32>>>(u, v)
// array: u float[128] in random
// array: v float[128] out
// finds: divergence at "async_work_group_copy("
__kernel void weigh(__global const float *u, __global float *v)
{
    __local float tile[32];
    const int t = get_local_id(0);
    event_t copied = 0;
#ifndef RIGHT
    if (t == 0)
#endif
    {
        copied = async_work_group_copy(tile, u + get_group_id(0) * 32, 32, 0);
    }
    wait_group_events(1, &copied);
    v[get_global_id(0)] = 0.5f * tile[31 - t];
}
