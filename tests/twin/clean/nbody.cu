// SPDX-License-Identifier: Apache-2.0
// Shared tiles of float4 bodies, dynamic shared memory of a struct type, softened gravity.
// launch: forces<<<3, 32, 32 * 16>>>(body, acc, 96, 0.01)
// array: body float4[96] in random
// array: acc float4[96] out
__device__ float3 pull(float3 a, float4 me, float4 other, float eps)
{
    const float dx = other.x - me.x, dy = other.y - me.y, dz = other.z - me.z;
    const float d2 = dx * dx + dy * dy + dz * dz + eps;
    const float inv = 1.0f / sqrtf(d2), f = other.w * inv * inv * inv;
    a.x += f * dx;
    a.y += f * dy;
    a.z += f * dz;
    return a;
}

__global__ void forces(const float4 *__restrict__ body, float4 *__restrict__ acc, int n, float eps)
{
    extern __shared__ float4 tile[];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float4 me = body[i];
    float3 a = make_float3(0.0f, 0.0f, 0.0f);
    for (int k0 = 0; k0 < n; k0 += blockDim.x) {
        tile[threadIdx.x] = body[k0 + threadIdx.x];
        __syncthreads();
#pragma unroll 4
        for (int k = 0; k < blockDim.x; ++k) a = pull(a, me, tile[k], eps);
        __syncthreads();
    }
    acc[i] = make_float4(a.x, a.y, a.z, 0.0f);
}
