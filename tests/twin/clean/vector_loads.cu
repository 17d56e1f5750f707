// SPDX-License-Identifier: Apache-2.0
// float4 and double2 loads and stores.
// launch: scale4<<<2, 32>>>(a, b, 2.0)
// launch: conjugate<<<2, 32>>>(z)
// array: a float4[64] in random
// array: b float4[64] out
// array: z double2[64] inout random
__global__ void scale4(const float4 *a, float4 *b, float s)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float4 v = a[i];
    b[i] = make_float4(s * v.x, s * v.y, s * v.z, s * v.w);
}

__global__ void conjugate(double2 *z)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    double2 v = z[i];
    v.y = -v.y;
    z[i] = v;
}
