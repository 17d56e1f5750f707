// SPDX-License-Identifier: Apache-2.0
// An inclusive scan of a block: shuffles within warps, then the warps' totals.
// launch: scan<<<3, 128>>>(x, y)
// array: x uint[384] in random(0, 99)
// array: y uint[384] out
__device__ unsigned warp_scan(unsigned v, int lane)
{
    for (int d = 1; d < 32; d *= 2) {
        const unsigned up = __shfl_up_sync(0xffffffffu, v, d);
        v += lane >= d ? up : 0u;
    }
    return v;
}

__global__ void scan(const unsigned *x, unsigned *y)
{
    __shared__ unsigned totals[4];
    const int t = threadIdx.x, lane = t & 31, warp = t >> 5, i = blockIdx.x * blockDim.x + t;
    unsigned v = warp_scan(x[i], lane);
    if (lane == 31) {
        totals[warp] = v;
    }
    __syncthreads();
    if (warp == 0) {
        const unsigned all = warp_scan(lane < 4 ? totals[lane] : 0u, lane);
        if (lane < 4) {
            totals[lane] = all;
        }
    }
    __syncthreads();
    y[i] = v + (warp > 0 ? totals[warp - 1] : 0u);
}
