// SPDX-License-Identifier: Apache-2.0
// A floating-point sum by compare-and-swap is atomic, and still different from run to run.
// launch: sum<<<16, 32>>>(x, total, fixed)
// array: x float[512] in random
// array: total uint[1] inout zero
// array: fixed int[1] inout zero
// finds: order array total
__kernel void sum(__global const float *x, volatile __global uint *total, volatile __global int *fixed)
{
    const float v = x[get_global_id(0)];
#ifdef RIGHT
    atomic_add(fixed, (int)(v * 65536.0f));
#else
    uint old = *total, seen;
    do {
        seen = old;
        old = atomic_cmpxchg(total, seen, as_uint(as_float(seen) + v));
    } while (old != seen);
#endif
}
