/* SPDX-License-Identifier: Apache-2.0 */
/* Special functions that the C library has not: inverses by Halley's steps on erfc(), Bessel functions by their series
 * (Abramowitz and Stegun 7.1, 9.6.10). Included by cuda_math.h. */
#ifndef SB_TWIN_CUDA_SPECIAL_H
#define SB_TWIN_CUDA_SPECIAL_H

SB_TWIN_PURE double erfcinv(double y)
{
    if (!(y > 0 && y < 2)) {
        return y == 0 ? __builtin_inf() : y == 2 ? -__builtin_inf() : __builtin_nan("");
    }
    if (y >= 1) {
        return y == 1 ? 0 : -erfcinv(2 - y);
    }
    const double root = __builtin_sqrt(-2 * __builtin_log(0.5 * y)); /* A&S 26.2.23 */
    double x = 0.70710678118654752 * (root - (2.515517 + root * (0.802853 + root * 0.010328)) /
                                                 (1 + root * (1.432788 + root * (0.189269 + root * 0.001308))));
    for (int i = 0; i < 3; ++i) {
        const double step = (__builtin_erfc(x) - y) / (-1.12837916709551257 * __builtin_exp(-x * x));
        x -= step / (1 + x * step);
    }
    return x;
}
SB_TWIN_PURE double erfinv(double y)
{
    if (__builtin_fabs(y) > 0.5) {
        return y > 0 ? erfcinv(1 - y) : -erfcinv(1 + y);
    }
    double x = 0.88622692545275801 * y;
    for (int i = 0; i < 5; ++i) {
        const double step = (__builtin_erf(x) - y) / (1.12837916709551257 * __builtin_exp(-x * x));
        x -= step / (1 + x * step);
    }
    return x;
}
SB_TWIN_PURE double sb_twin_bessel_i(int order, double x)
{
    const double q = 0.25 * x * x;
    double term = order ? 0.5 * x : 1.0, sum = term;
    for (int k = 1; __builtin_fabs(term) > 1e-17 * __builtin_fabs(sum) && __builtin_isfinite(sum); ++k) {
        term *= q / ((double)k * (k + order));
        sum += term;
    }
    return sum;
}
SB_TWIN_F(float erfcinvf(float y), (float)erfcinv((double)y))
SB_TWIN_F(float erfinvf(float y), (float)erfinv((double)y))
SB_TWIN_F(double cyl_bessel_i0(double x), sb_twin_bessel_i(0, x))
SB_TWIN_F(double cyl_bessel_i1(double x), sb_twin_bessel_i(1, x))
SB_TWIN_F(float cyl_bessel_i0f(float x), (float)sb_twin_bessel_i(0, (double)x))
SB_TWIN_F(float cyl_bessel_i1f(float x), (float)sb_twin_bessel_i(1, (double)x))
SB_TWIN_PURE double norm(int n, const double *v)
{
    double sum = 0;
    for (int i = 0; i < n; ++i) {
        sum += v[i] * v[i];
    }
    return __builtin_sqrt(sum);
}
SB_TWIN_PURE float normf(int n, const float *v)
{
    float sum = 0;
    for (int i = 0; i < n; ++i) {
        sum += v[i] * v[i];
    }
    return __builtin_sqrtf(sum);
}

#endif
