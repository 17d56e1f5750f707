// SPDX-License-Identifier: Apache-2.0
// Results are copied back asynchronously as the last thing a kernel does, and nobody waits for the copy.
// launch: square<<<2, 64>>>(x, y)
// array: x int[128] in random(0, 99)
// array: y int[128] out
// finds: race at "async_work_group_copy("
__kernel void square(__global const int *x, __global int *y)
{
    __local int tile[64];
    const int t = get_local_id(0), i = get_global_id(0);
    tile[t] = x[i] * x[i];
    barrier(CLK_LOCAL_MEM_FENCE);
    event_t copied = async_work_group_copy(y + get_group_id(0) * 64, tile, 64, 0);
#ifdef RIGHT
    wait_group_events(1, &copied);
#else
    (void)copied;
#endif
}
