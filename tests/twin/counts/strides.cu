// SPDX-License-Identifier: Apache-2.0
// Every second, every 32nd element; one element late; backwards; all the same.
// array: a float[4096] in random
// array: b float[4096] out
// launch: gather<<<1, 64>>>(a, b)
// expect: "a[2 * i]" warp32.load = 2 requests, 64 lanes, 256 bytes, 16 sectors, 8 halves, 4 lines
// expect: "a[32 * i]" warp32.load = 2 requests, 64 lanes, 256 bytes, 64 sectors, 64 halves, 64 lines
// expect: "a[32 * i]" warp64.load = 1 requests, 64 lanes, 256 bytes, 64 sectors, 64 halves, 64 lines
// expect: "a[i + 1]" warp32.load = 2 requests, 64 lanes, 256 bytes, 10 sectors, 6 halves, 4 lines
// expect: "a[63 - i]" warp32.load = 2 requests, 64 lanes, 256 bytes, 8 sectors, 4 halves, 2 lines
// expect: "a[7]" warp32.load = 2 requests, 64 lanes, 256 bytes, 2 sectors, 2 halves, 2 lines
// expect: "b[i] = s" warp32.store = 2 requests, 64 lanes, 256 bytes, 8 sectors, 4 halves, 2 lines
__global__ void gather(const float *a, float *b)
{
    const int i = threadIdx.x;
    float s = a[2 * i];
    s += a[32 * i];
    s += a[i + 1];
    s += a[63 - i];
    s += a[7];
    b[i] = s;
}
