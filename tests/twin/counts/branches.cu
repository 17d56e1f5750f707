// SPDX-License-Identifier: Apache-2.0
// Odd and even lanes part; whole warps do not; a loop as long as the lane's number runs with fewer and fewer lanes.
// array: a float[64] in random
// array: b float[64] inout zero
// launch: part<<<1, 64>>>(a, b)
// expect: "b[x] = a[x]" warp32.store = 2 requests, 32 lanes, 128 bytes, 8 sectors, 4 halves, 2 lines
// expect: "b[x] = -a[x]" warp32.store = 2 requests, 32 lanes, 128 bytes, 8 sectors, 4 halves, 2 lines
// expect: "x % 2 == 0" warp32 = 2 divergent
// expect: "x < 32" warp32 = 0 divergent
// expect: "x < 32" warp64 = 1 divergent
// expect: "b[x] += 1" warp32.load = 1 requests, 32 lanes, 128 bytes, 4 sectors, 2 halves, 1 lines
// expect: "s += a[k]" warp32.load = 62 requests, 992 lanes, 3968 bytes, 62 sectors, 62 halves, 62 lines
__global__ void part(const float *a, float *b)
{
    const int x = threadIdx.x;
    if (x % 2 == 0) {
        b[x] = a[x];
    } else {
        b[x] = -a[x];
    }
    if (x < 32) {
        b[x] += 1;
    }
    float s = 0;
    for (int k = 0; k < x % 32; ++k) {
        s += a[k];
    }
    b[x] = s;
}
