// SPDX-License-Identifier: Apache-2.0
// The ballot of a wavefront has 64 bits on AMD; kept in an unsigned int, the upper half is not counted.
// launch: count<<<4, 128>>>(charge, total)
// array: charge int[512] in random(0, 9)
// array: total int[1] inout zero
// finds: warp array total
#include <hip/hip_runtime.h>

__global__ void count(const int *charge, int *total)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const bool hit = charge[i] > 4;
#ifdef RIGHT
    const unsigned long long mask = __ballot(hit);
#else
    const unsigned mask = __ballot(hit);
#endif
    if (threadIdx.x % warpSize == 0) {
        atomicAdd(total, __popcll(mask));
    }
}
