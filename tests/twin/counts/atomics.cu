// SPDX-License-Identifier: Apache-2.0
// All lanes on one counter, each on its own, eight bins: lanes on the fullest address, and the hottest of the launch.
// array: n int[64] inout zero
// launch: count<<<2, 64>>>(n)
// expect: "&n[0]" warp32.atomic = 4 requests, 128 lanes, 512 bytes, 4 sectors, 4 halves, 4 lines, 128 repeats
// expect: "&n[x % 8]" warp32.atomic = 4 requests, 128 lanes, 512 bytes, 4 sectors, 4 halves, 4 lines, 16 repeats
// expect: "&n[x]" warp32.atomic = 4 requests, 128 lanes, 512 bytes, 16 sectors, 8 halves, 4 lines, 4 repeats
// expect: "&mine[x % 4]" warp32.shared_atomic = 4 requests, 128 lanes, 512 bytes, 4 wavefronts, 4 phases, 32 repeats
// expect: hottest = 10 warp32, 6 warp64
// expect: launch = 256 read_bytes, 256 write_bytes
__global__ void count(int *n)
{
    __shared__ int mine[4];
    const int x = threadIdx.x;
    if (x < 4) {
        mine[x] = 0;
    }
    __syncthreads();
    atomicAdd(&n[0], 1);
    atomicAdd(&n[x % 8], 1);
    atomicAdd(&n[x], 1);
    atomicAdd(&mine[x % 4], 1);
}
