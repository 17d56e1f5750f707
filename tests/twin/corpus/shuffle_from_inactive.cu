// SPDX-License-Identifier: Apache-2.0
// Half of a warp shuffles with the full mask: the lanes it reads from do not take part.
// launch: pair<<<1, 32>>>(x, y)
// array: x float[32] in random
// array: y float[32] inout zero
// finds: warp|divergence|deadlock at "__shfl_down_sync(0xffffffffu, v, 16)"
__global__ void pair(const float *x, float *y)
{
    const int lane = threadIdx.x;
    const float v = x[lane];
#ifdef RIGHT
    const float other = __shfl_down_sync(0xffffffffu, v, 16);
    if (lane < 16) {
        y[lane] = v + other;
    }
#else
    if (lane < 16) {
        y[lane] = v + __shfl_down_sync(0xffffffffu, v, 16);
    }
#endif
}
