// SPDX-License-Identifier: Apache-2.0
// HIP's vectors calculate lane by lane.
// launch: kick<<<2, 64>>>(v, a, 0.5f)
// array: v float4[128] inout
// array: a float4[128] in
#include <hip/hip_runtime.h>
#include <cassert>
__global__ void kick(float4 *v, const float4 *a, const float dt)
{
    const int i = hipBlockIdx_x * hipBlockDim_x + hipThreadIdx_x;
    const float4 before = v[i];
    float4 now = before + a[i] * dt;
    now -= make_float4(1.0f, 2.0f, 3.0f, 4.0f);
    assert(now.z == before.z + a[i].z * dt - 3.0f);
    int3 cell = make_int3(5, 6, 7);
    cell += 1;
    cell = cell * make_int3(2, 2, 2);
    assert(cell == make_int3(12, 14, 16) && cell != make_int3(0, 0, 0));
    v[i] = 2.0f * now / 2.0f;
}
