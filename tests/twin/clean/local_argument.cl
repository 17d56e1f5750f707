// SPDX-License-Identifier: Apache-2.0
// A reduction in local memory that the host gives as an argument.
// launch: reduce<<<4, 64>>>(x, sums, local(64 * 4), 250)
// array: x float[250] in random
// array: sums float[4] out
__kernel void reduce(__global const float *x, __global float *sums, __local float *s, int n)
{
    const int t = get_local_id(0), i = get_global_id(0);
    s[t] = i < n ? x[i] : 0.0f;
    for (int d = get_local_size(0) / 2; d > 0; d /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (t < d) {
            s[t] += s[t + d];
        }
    }
    if (t == 0) {
        sums[get_group_id(0)] = s[0];
    }
}
