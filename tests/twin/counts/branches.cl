// SPDX-License-Identifier: Apache-2.0
// OpenCL C: a loop as long as the lane's number, a branch by odd and even, built-in functions, a vector load.
// launch: sums<<<2, 64>>>(a, b)
// array: a double[4096] in random(1, 2)
// array: b double[128] out
// expect: "fma(a[i * 32 + k]" warp32.load = 124 requests, 1984 lanes, 15872 bytes, 1984 sectors, 1984 halves, 1984 lines
// expect: "fma(a[i * 32 + k]" flop.fp64 = 1984 fma
// expect: "i % 2" warp32 = 4 divergent
// expect: "sqrt(s)" flop.fp64 = 64 sqrt, 64 div, 64 add
// expect: "s = s * s" flop.fp64 = 64 mul
// expect: "exp(s)" flop.fp64 = 128 special
// expect: "vload2" warp32.load = 4 requests, 128 lanes, 2048 bytes, 64 sectors, 32 halves, 16 lines
// expect: "b[i] = s" warp32.store = 4 requests, 128 lanes, 1024 bytes, 32 sectors, 16 halves, 8 lines
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
__kernel void sums(__global const double *a, __global double *b)
{
    const int i = get_global_id(0);
    double s = 0;
    for (int k = 0; k < i % 32; ++k) {
        s = fma(a[i * 32 + k], 2.0, s);
    }
    if (i % 2) {
        s += sqrt(s) / 3;
    } else {
        s = s * s;
    }
    s = exp(s);
    const double2 pair = vload2(i, a);
    s = s * pair.x + pair.y;
    b[i] = s;
}
