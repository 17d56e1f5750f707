/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mathematical functions (OpenCL C 1.2, 6.12.2) of one real type: T; U, its bits; C(name), a name with libm's suffix;
 * DIGITS of its significand. libm is within the bounds of section 7.4; what it has not is composed from what it has.
 */
#define LIBM_1(f)                                                                                  \
    T m_##f(T) __asm__(STR(C(f)));                                                                 \
    T OVER f(T a) { return m_##f(a); }                                                             \
    HALVES_1(T, T, f)
#define LIBM_2(f)                                                                                  \
    T m_##f(T, T) __asm__(STR(C(f)));                                                              \
    T OVER f(T a, T b) { return m_##f(a, b); }                                                     \
    HALVES_2(T, T, T, f)
#define OWN_1(f, value)                                                                            \
    T OVER f(T a) { return (value); }                                                              \
    HALVES_1(T, T, f)
#define OWN_2(f, value)                                                                            \
    T OVER f(T a, T b) { return (value); }                                                         \
    HALVES_2(T, T, T, f)

LIBM_1(acos) LIBM_1(acosh) LIBM_1(asin) LIBM_1(asinh) LIBM_1(atan) LIBM_1(atanh) LIBM_1(cbrt)
LIBM_1(cos) LIBM_1(cosh) LIBM_1(sin) LIBM_1(sinh) LIBM_1(tan) LIBM_1(tanh)
LIBM_1(erf) LIBM_1(erfc) LIBM_1(lgamma) LIBM_1(tgamma)
LIBM_1(exp) LIBM_1(exp2) LIBM_1(exp10) LIBM_1(expm1)
LIBM_1(log) LIBM_1(log2) LIBM_1(log10) LIBM_1(log1p) LIBM_1(logb)
LIBM_1(ceil) LIBM_1(floor) LIBM_1(rint) LIBM_1(round) LIBM_1(trunc)
LIBM_2(atan2) LIBM_2(fdim) LIBM_2(fmod) LIBM_2(hypot) LIBM_2(nextafter) LIBM_2(pow) LIBM_2(remainder)

OWN_1(fabs, C(__builtin_fabs)(a))
OWN_1(sqrt, C(__builtin_sqrt)(a))
OWN_1(rsqrt, 1 / C(__builtin_sqrt)(a))
OWN_2(copysign, C(__builtin_copysign)(a, b))
OWN_2(fmax, C(__builtin_fmax)(a, b))
OWN_2(fmin, C(__builtin_fmin)(a, b))
FOR_WIDTHS(FOR_ALL, T, T, T, fmax)
FOR_WIDTHS(FOR_ALL, T, T, T, fmin)
OWN_2(maxmag, fabs(a) > fabs(b) ? a : fabs(b) > fabs(a) ? b : fmax(a, b))
OWN_2(minmag, fabs(a) < fabs(b) ? a : fabs(b) < fabs(a) ? b : fmin(a, b))

T m_fma(T, T, T) __asm__(STR(C(fma)));
T OVER fma(T a, T b, T c) { return m_fma(a, b, c); }
HALVES_3(T, T, T, T, fma)
T OVER mad(T a, T b, T c) { return a * b + c; }
HALVES_3(T, T, T, T, mad)

/* sin(π a) for turns = 0, cos(π a) for 1; the argument is reduced exactly, so that multiples of ½ are met exactly. */
static T turned(T a, int turns)
{
    if (!(fabs(a) < (T)(1L << DIGITS))) {
        return __builtin_isfinite(a) ? (T)turns : (T)NAN; /* an even number */
    }
    const T halves = rint(2 * a);
    const int quarter = (int)((long)halves & 3) + turns;
    const T rest = (a - halves / 2) * (T)M_PI;
    const T value = quarter & 1 ? cos(rest) : sin(rest);
    return quarter & 2 ? -value : value;
}
/* Zeros have the signs of section 7.5.1: of the argument; of an odd multiple of π for tanpi, the other. */
OWN_1(sinpi, turned(a, 0) == 0 ? copysign((T)0, a) : turned(a, 0))
OWN_1(cospi, turned(a, 1) == 0 ? (T)0 : turned(a, 1))
T OVER tanpi(T a)
{
    const T s = turned(a, 0), c = turned(a, 1);
    if (c == 0) {
        return s > 0 ? (T)INFINITY : -(T)INFINITY;
    }
    return s == 0 ? copysign((T)0, c > 0 ? a : -a) : s / c;
}
HALVES_1(T, T, tanpi)
OWN_1(acospi, acos(a) / (T)M_PI)
OWN_1(asinpi, asin(a) / (T)M_PI)
OWN_1(atanpi, atan(a) / (T)M_PI)
OWN_2(atan2pi, atan2(a, b) / (T)M_PI)

/* Section 7.5.1: exp(b log a), so NaN where that is undefined although pow() is not. */
static bool powr_undefined(T a, T b)
{
    return a < 0 || __builtin_isnan(a) || __builtin_isnan(b) || (b == 0 && (a == 0 || __builtin_isinf(a))) || (a == 1 && __builtin_isinf(b));
}
OWN_2(powr, powr_undefined(a, b) ? (T)NAN : pow(fabs(a), b))

double m_pow_double(double, double) __asm__("pow");
T OVER pown(T a, int b) { return (T)m_pow_double(a, b); }
HALVES_2(T, T, int, pown)
T OVER rootn(T a, int n)
{
    if (n == 0 || (a < 0 && n % 2 == 0)) {
        return (T)NAN;
    }
    const double whole = fabs(a);
    double root = m_pow_double(whole, 1.0 / n);
    const double back = m_pow_double(root, n);
    if (whole > 0 && back > 0 && back < (double)INFINITY && root < (double)INFINITY) {
        root -= root * (back / whole - 1) / n; /* 1.0 / n was rounded: one step of Newton's method */
    }
    return n % 2 ? copysign((T)root, a) : (T)root;
}
HALVES_2(T, T, int, rootn)

T m_scalbn(T, int) __asm__(STR(C(scalbn)));
T OVER ldexp(T a, int b) { return m_scalbn(a, b); }
HALVES_2(T, T, int, ldexp)
FOR_WIDTHS(FOR_ALL, T, T, int, ldexp)
int m_ilogb(T) __asm__(STR(C(ilogb)));
int OVER ilogb(T a) { return a == 0 ? FP_ILOGB0 : __builtin_isnan(a) ? FP_ILOGBNAN : m_ilogb(a); }
HALVES_1(int, T, ilogb)
T OVER nan(U a) { return AS_T((a & (((U)1 << (DIGITS - 2)) - 1)) | EXPONENT | (U)1 << (DIGITS - 2)); }
HALVES_1(T, U, nan)
