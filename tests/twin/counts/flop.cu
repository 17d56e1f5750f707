// SPDX-License-Identifier: Apache-2.0
// Operations by type, in double and in float, on lines of their own; a function that stays one.
// array: a double[64] in random(1, 2)
// array: b double[64] out
// array: c float[64] in random(1, 2)
// array: d float[64] out
// launch: compute<<<1, 64>>>(a, b, c, d)
// expect: "fma(a[i]" flop.fp64 = 64 fma, 64 add
// expect: "/ sqrt(s)" flop.fp64 = 64 div, 64 sqrt
// expect: "exp(s)" flop.fp64 = 64 special
// expect: "fmaf(c[i]" flop.fp32 = 64 fma, 64 mul
// expect: "1.0f / t" flop.fp32 = 64 div
// expect: "x * x * x" flop.fp64 = 128 mul
// expect: total flop.fp64 = 64 fma, 64 add, 64 div, 64 sqrt, 64 special, 128 mul
// expect: total flop.fp32 = 64 fma, 64 mul, 64 div
__device__ __noinline__ double cube(double x)
{
    return x * x * x;
}
__global__ void compute(const double *a, double *b, const float *c, float *d)
{
    const int i = threadIdx.x;
    double s = fma(a[i], 3.0, 1.0) - a[i];
    s = 5.0 / sqrt(s);
    s = exp(s);
    b[i] = cube(s);
    float t = fmaf(c[i], 3.0f, 1.0f) * c[i];
    t = 1.0f / t;
    d[i] = t;
}
