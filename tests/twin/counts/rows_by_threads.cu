// SPDX-License-Identifier: Apache-2.0
// A thread sums a row: neighbouring lanes are a whole row apart, so every lane touches a sector of its own. Planted.
// array: a double[64][64] in random
// array: sum double[64] out
// launch: sums<<<1, 64>>>(a, sum, 64)
// expect: "a[i * n + k]" warp32.load = 128 requests, 4096 lanes, 32768 bytes, 4096 sectors, 4096 halves, 4096 lines
// expect: "sum[i] = s" warp32.store = 2 requests, 64 lanes, 512 bytes, 16 sectors, 8 halves, 4 lines
// expect: total flop.fp64 = 4096 add
// expect: launch = 32768 read_bytes, 512 write_bytes
__global__ void sums(const double *a, double *sum, int n)
{
    const int i = threadIdx.x;
    double s = 0;
    for (int k = 0; k < n; ++k) {
        s += a[i * n + k];
    }
    sum[i] = s;
}
