// SPDX-License-Identifier: Apache-2.0
// A stencil reads its neighbours' elements of local memory before they are known to be there.
// launch: smooth<<<4, 32>>>(u, v, 128)
// array: u float[128] in random
// array: v float[128] out
// finds: race at "s[t] = u[i]" and "v[i] = 0.5f" array s
__kernel void smooth(__global const float *u, __global float *v, int n)
{
    __local float s[32];
    const int t = get_local_id(0), i = get_global_id(0);
    s[t] = u[i];
#ifdef RIGHT
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    v[i] = 0.5f * (s[(t + 1) % 32] + s[(t + 31) % 32]);
}
