// SPDX-License-Identifier: Apache-2.0
// Lanes that have something to count elect one of them to do the atomic for all.
// launch: count<<<3, 96>>>(x, hits, 250)
// array: x float[250] in random
// array: hits uint[4] inout zero
__device__ unsigned aggregated_add(unsigned *p)
{
    const unsigned mask = __activemask();
    const int leader = __ffs(mask) - 1, lane = threadIdx.x & 31;
    unsigned first = 0;
    if (lane == leader) {
        first = atomicAdd(p, __popc(mask));
    }
    first = __shfl_sync(mask, first, leader);
    return first + __popc(mask & ((1u << lane) - 1));
}

__global__ void count(const float *x, unsigned *hits, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        const int bin = (int)(4.0f * x[i]);
        if (bin == 2) {
            aggregated_add(&hits[bin]);
        } else {
            const unsigned same = __match_any_sync(__activemask(), bin);
            if ((int)(threadIdx.x & 31) == __ffs(same) - 1) {
                atomicAdd(&hits[bin], __popc(same));
            }
        }
    }
}
