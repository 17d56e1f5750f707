// SPDX-License-Identifier: Apache-2.0
// A sum by shuffles: no memory but the row read and the one result.
// array: a double[256] in random
// array: sum double[1] inout zero
// launch: add<<<1, 256>>>(a, sum)
// expect: "= a[threadIdx.x]" warp32.load = 8 requests, 256 lanes, 2048 bytes, 64 sectors, 32 halves, 16 lines
// expect: "s += __shfl_down_sync" flop.fp64 = 1280 add
// expect: "atomicAdd(sum" warp32.atomic = 8 requests, 8 lanes, 64 bytes, 8 sectors, 8 halves, 8 lines, 8 repeats
// expect: hottest = 8 warp32
__global__ void add(const double *a, double *sum)
{
    double s = a[threadIdx.x];
    for (int d = 16; d > 0; d /= 2) {
        s += __shfl_down_sync(0xffffffff, s, d);
    }
    if (threadIdx.x % 32 == 0) {
        atomicAdd(sum, s);
    }
}
