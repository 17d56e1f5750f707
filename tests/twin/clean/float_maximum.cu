// SPDX-License-Identifier: Apache-2.0
// Maximum of floats through integer atomics on their bits; intrinsics of many kinds.
// launch: extremes<<<4, 64>>>(x, most, bits)
// array: x float[256] in random
// array: most int[1] inout zero
// array: bits int[256] out
__global__ void extremes(const float *x, int *most, int *bits)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float v = __expf(-x[i]) * rsqrtf(1.0f + x[i]) + __fdividef(1.0f, 2.0f + x[i]);
    if (!isnan(v)) {
        atomicMax(most, __float_as_int(v));
    }
    const unsigned u = __float_as_uint(v);
    bits[i] = __popc(u) + __clz(u) + __ffs(u) + (__brev(u) & 1) + __popcll((unsigned long long)u << 20) +
              __umulhi(u, 77u) % 3 + __float2int_rn(10.0f * v) + (int)__double2ll_rz(v) + abs(-i) + __mul24(i, 3);
}
