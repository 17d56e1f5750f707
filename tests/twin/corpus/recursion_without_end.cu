// SPDX-License-Identifier: Apache-2.0
// A quadrature halves its interval until the error is small; without a limit of depth it never is.
// launch: integrate<<<1, 32>>>(x, y, 0.0)
// array: x double[32] in random
// array: y double[32] out
// finds: trap
__device__ __noinline__ double halve(const double a, const double b, const double tolerance, const int depth)
{
    const double middle = 0.5 * (a + b), error = (b - a) * (b - a);
#ifdef RIGHT
    if (error <= tolerance || depth == 5) {
#else
    if (error <= tolerance - 1) {
#endif
        return middle * (b - a);
    }
    return halve(a, middle, tolerance, depth + 1) +
           halve(middle, b, tolerance, depth + 1);
}
__global__ void integrate(const double *x, double *y, const double tolerance)
{
    y[threadIdx.x] = halve(0.0, x[threadIdx.x], tolerance, 0);
}
