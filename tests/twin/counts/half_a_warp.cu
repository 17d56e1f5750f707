// SPDX-License-Identifier: Apache-2.0
// Blocks of 48 threads: the second warp is half full. Threads that return early are gone: the fourth warp asks for nothing.
// array: a float[96] in random
// array: b float[96] out
// launch: copy<<<2, 48>>>(a, b, 80)
// expect: "b[i] = a[i]" warp32.load = 3 requests, 80 lanes, 320 bytes, 10 sectors, 5 halves, 4 lines
// expect: "b[i] = a[i]" warp64.load = 2 requests, 80 lanes, 320 bytes, 10 sectors, 5 halves, 4 lines
// expect: launch = 320 read_bytes, 320 write_bytes, 48 threads
__global__ void copy(const float *a, float *b, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) {
        return;
    }
    b[i] = a[i];
}
