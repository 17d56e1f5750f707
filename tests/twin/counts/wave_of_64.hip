// SPDX-License-Identifier: Apache-2.0
// HIP: wavefronts of 64 threads; lines of 128 bytes, 64 of CDNA 2; half of a wavefront does not part a warp of 32.
// array: a float[256] in random
// array: b float[256] inout zero
// launch: halves<<<1, 256>>>(a, b)
// expect: "b[x] = a[x]" warp64.load = 4 requests, 128 lanes, 512 bytes, 16 sectors, 8 halves, 4 lines
// expect: "b[x] = a[x]" warp32.load = 4 requests, 128 lanes, 512 bytes, 16 sectors, 8 halves, 4 lines
// expect: "x % 64 < 32" warp64 = 4 divergent
// expect: "x % 64 < 32" warp32 = 0 divergent
#include <hip/hip_runtime.h>

__global__ void halves(const float *a, float *b)
{
    const int x = threadIdx.x;
    if (x % 64 < 32) {
        b[x] = a[x];
    }
}
