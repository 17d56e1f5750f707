// SPDX-License-Identifier: Apache-2.0
// Structures in global memory, a 64-bit atomic, strided asynchronous copies, built-in functions of many kinds.
// launch: push<<<2, 32>>>(p, 0.1)
// launch: mixed<<<2, 32>>>(x, y, steps)
// array: p float8[64] inout random
// array: x float[64] in random
// array: y float[64] out
// array: steps int[1] inout zero
typedef struct {
    float3 position;
    float3 velocity;
} particle;

void kick(__global particle *p, float dt)
{
    const float3 v = p->velocity;
    p->position += dt * v;
    p->velocity = normalize(v) * clamp(length(v), 0.1f, 1.0f) + cross(v, (float3)(0.0f, 0.0f, 1.0f));
}

__kernel void push(__global particle *p, float dt)
{
    kick(&p[get_global_id(0)], dt);
}

__kernel void mixed(__global const float *x, __global float *y, __global int *steps)
{
    __local float even[16];
    const int t = get_local_id(0);
    const size_t first = get_group_id(0) * get_local_size(0);
    event_t e = async_work_group_strided_copy(even, x + first, 16, 2, 0);
    wait_group_events(1, &e);
    const float v = mix(even[t / 2], x[first + t], 0.25f);
    const int2 k = convert_int2((float2)(v, 1.0f - v) * 100.0f);
    const uint u = rotate(as_uint(v), 3u) ^ (uint)mad24(k.x, 3, k.y);
    y[get_global_id(0)] = select(v, sqrt(v), (int)(popcount(u) & 1)) + native_sin(v) + hypot(v, 1.0f);
    if (any(k > (int2)(50))) {
        atomic_inc(steps);
    }
}
