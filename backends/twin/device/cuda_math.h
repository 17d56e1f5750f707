/* SPDX-License-Identifier: Apache-2.0 */
/* Device functions of arithmetic. Approximate ones (__expf) are computed well: the twin looks for bugs, not for ULPs. */
#ifndef SB_TWIN_CUDA_MATH_H
#define SB_TWIN_CUDA_MATH_H

#define SB_TWIN_F(declaration, expression) SB_TWIN_PURE declaration { return (expression); }
/* Names that the C library declares for itself. */
#define __expf sb_twin_expf
#define __exp10f sb_twin_exp10f
#define __logf sb_twin_logf
#define __log2f sb_twin_log2f
#define __log10f sb_twin_log10f
#define __powf sb_twin_powf
#define __sinf sb_twin_sinf
#define __cosf sb_twin_cosf
#define __tanf sb_twin_tanf
#define __sincosf sb_twin_sincosf
SB_TWIN_F(float rsqrtf(float x), 1.0f / __builtin_sqrtf(x))
SB_TWIN_F(double rsqrt(double x), 1.0 / __builtin_sqrt(x))
SB_TWIN_F(float rsqrt(float x), 1.0f / __builtin_sqrtf(x))
SB_TWIN_F(float __expf(float x), __builtin_expf(x))
SB_TWIN_F(float __exp10f(float x), __builtin_powf(10.0f, x))
SB_TWIN_F(float __logf(float x), __builtin_logf(x))
SB_TWIN_F(float __log2f(float x), __builtin_log2f(x))
SB_TWIN_F(float __log10f(float x), __builtin_log10f(x))
SB_TWIN_F(float __powf(float a, float b), __builtin_powf(a, b))
SB_TWIN_F(float __sinf(float x), __builtin_sinf(x))
SB_TWIN_F(float __cosf(float x), __builtin_cosf(x))
SB_TWIN_F(float __tanf(float x), __builtin_tanf(x))
SB_TWIN_F(float __fdividef(float a, float b), a / b)
SB_TWIN_F(float __saturatef(float x), x < 0 ? 0.0f : x > 1 ? 1.0f : x)
SB_TWIN_F(float __frcp_rn(float x), 1.0f / x)
SB_TWIN_F(float __fsqrt_rn(float x), __builtin_sqrtf(x))
SB_TWIN_F(float __frsqrt_rn(float x), 1.0f / __builtin_sqrtf(x))
SB_TWIN_F(float __fdiv_rn(float a, float b), a / b)
SB_TWIN_F(double __drcp_rn(double x), 1.0 / x)
SB_TWIN_F(double __dsqrt_rn(double x), __builtin_sqrt(x))
SB_TWIN_F(double __ddiv_rn(double a, double b), a / b)
SB_TWIN_F(float __fmaf_rn(float a, float b, float c), __builtin_fmaf(a, b, c))
SB_TWIN_F(double __fma_rn(double a, double b, double c), __builtin_fma(a, b, c))
/* Never contracted: a rounding that the compiler cannot see through. */
#define SB_TWIN_ROUNDED(T, name, op)                                                                                   \
    static inline __attribute__((unused)) T name(T a, T b)                                                             \
    {                                                                                                                  \
        T r = a op b;                                                                                                  \
        __asm__("" : "+m"(r));                                                                                         \
        return r;                                                                                                      \
    }
SB_TWIN_ROUNDED(float, __fadd_rn, +) SB_TWIN_ROUNDED(float, __fsub_rn, -) SB_TWIN_ROUNDED(float, __fmul_rn, *)
SB_TWIN_ROUNDED(double, __dadd_rn, +) SB_TWIN_ROUNDED(double, __dsub_rn, -) SB_TWIN_ROUNDED(double, __dmul_rn, *)
#undef SB_TWIN_ROUNDED
SB_TWIN_PURE void __sincosf(float x, float *s, float *c) { *s = __builtin_sinf(x); *c = __builtin_cosf(x); }
#define SB_TWIN_PI 3.14159265358979323846
/* sin and cos of π x: exact where they are 0 or ±1. */
SB_TWIN_PURE double sinpi(double x)
{
    const double r = x - 2.0 * __builtin_rint(0.5 * x); /* [-1, 1] */
    return r == __builtin_rint(r) ? 0.0 * x : r == 0.5 ? 1.0 : r == -0.5 ? -1.0 : __builtin_sin(r * SB_TWIN_PI);
}
SB_TWIN_PURE double cospi(double x)
{
    const double r = x - 2.0 * __builtin_rint(0.5 * x);
    return r == 0.5 || r == -0.5 ? 0.0 : r == 0.0 ? 1.0 : r == 1.0 || r == -1.0 ? -1.0 : __builtin_cos(r * SB_TWIN_PI);
}
SB_TWIN_F(float sinpif(float x), (float)sinpi(x))
SB_TWIN_F(float cospif(float x), (float)cospi(x))
SB_TWIN_PURE void sincospi(double x, double *s, double *c)
{
    *s = sinpi(x);
    *c = cospi(x);
}
SB_TWIN_PURE void sincospif(float x, float *s, float *c) { *s = sinpif(x); *c = cospif(x); }
SB_TWIN_F(double rcbrt(double x), 1.0 / __builtin_cbrt(x))
SB_TWIN_F(float rcbrtf(float x), 1.0f / __builtin_cbrtf(x))
SB_TWIN_F(double rhypot(double a, double b), 1.0 / __builtin_hypot(a, b))
SB_TWIN_F(float rhypotf(float a, float b), 1.0f / __builtin_hypotf(a, b))
SB_TWIN_F(float fdividef(float a, float b), a / b)
SB_TWIN_F(double norm3d(double a, double b, double c), __builtin_sqrt(a * a + b * b + c * c))
SB_TWIN_F(float norm3df(float a, float b, float c), __builtin_sqrtf(a * a + b * b + c * c))
SB_TWIN_F(double norm4d(double a, double b, double c, double d), __builtin_sqrt(a * a + b * b + c * c + d * d))
SB_TWIN_F(float norm4df(float a, float b, float c, float d), __builtin_sqrtf(a * a + b * b + c * c + d * d))
SB_TWIN_F(double rnorm3d(double a, double b, double c), 1.0 / norm3d(a, b, c))
SB_TWIN_F(float rnorm3df(float a, float b, float c), 1.0f / norm3df(a, b, c))
SB_TWIN_F(double normcdf(double x), 0.5 * __builtin_erfc(-x * 0.70710678118654752440))
SB_TWIN_F(float normcdff(float x), (float)normcdf(x))
SB_TWIN_F(double erfcx(double x), __builtin_exp(x * x) * __builtin_erfc(x))

SB_TWIN_F(int __popc(unsigned x), __builtin_popcount(x))
SB_TWIN_F(int __popcll(unsigned long long x), __builtin_popcountll(x))
SB_TWIN_F(int __clz(int x), x ? __builtin_clz((unsigned)x) : 32)
SB_TWIN_F(int __clzll(long long x), x ? __builtin_clzll((unsigned long long)x) : 64)
SB_TWIN_F(int __ffs(int x), __builtin_ffs(x))
SB_TWIN_F(int __ffsll(long long x), __builtin_ffsll(x))
SB_TWIN_PURE unsigned __brev(unsigned x)
{
    unsigned r = 0;
    for (int i = 0; i < 32; ++i) {
        r |= (x >> i & 1U) << (31 - i);
    }
    return r;
}
SB_TWIN_PURE unsigned long long __brevll(unsigned long long x)
{
    return (unsigned long long)__brev((unsigned)x) << 32 | __brev((unsigned)(x >> 32));
}
/* Four of the eight bytes of y:x, chosen by the nibbles of s; 8 in a nibble spreads the byte's sign. */
SB_TWIN_PURE unsigned __byte_perm(unsigned x, unsigned y, unsigned s)
{
    const unsigned long long both = (unsigned long long)y << 32 | x;
    unsigned r = 0;
    for (int i = 0; i < 4; ++i) {
        const unsigned how = s >> 4 * i & 15U, byte = (unsigned)(both >> 8 * (how & 7U)) & 255U;
        r |= (how & 8U ? (byte & 128U ? 255U : 0U) : byte) << 8 * i;
    }
    return r;
}
SB_TWIN_F(unsigned __sad(int a, int b, unsigned c), c + (a > b ? (unsigned)a - (unsigned)b : (unsigned)b - (unsigned)a))
SB_TWIN_F(unsigned __usad(unsigned a, unsigned b, unsigned c), c + (a > b ? a - b : b - a))
SB_TWIN_F(int __hadd(int a, int b), (int)(((long long)a + b) >> 1))
SB_TWIN_F(int __rhadd(int a, int b), (int)(((long long)a + b + 1) >> 1))
SB_TWIN_F(unsigned __uhadd(unsigned a, unsigned b), (unsigned)(((unsigned long long)a + b) >> 1))
SB_TWIN_F(unsigned __urhadd(unsigned a, unsigned b), (unsigned)(((unsigned long long)a + b + 1) >> 1))
SB_TWIN_F(int __mul24(int a, int b), a * b)
SB_TWIN_F(unsigned __umul24(unsigned a, unsigned b), a * b)
SB_TWIN_F(int __mulhi(int a, int b), (int)((long long)a * b >> 32))
SB_TWIN_F(unsigned __umulhi(unsigned a, unsigned b), (unsigned)((unsigned long long)a * b >> 32))
SB_TWIN_F(unsigned long long __umul64hi(unsigned long long a, unsigned long long b),
          (unsigned long long)((unsigned __int128)a * b >> 64))
SB_TWIN_F(long long __mul64hi(long long a, long long b), (long long)((__int128)a * b >> 64))
SB_TWIN_F(unsigned __funnelshift_l(unsigned lo, unsigned hi, unsigned s),
          (unsigned)(((unsigned long long)hi << 32 | lo) << (s & 31) >> 32))
SB_TWIN_F(unsigned __funnelshift_r(unsigned lo, unsigned hi, unsigned s),
          (unsigned)(((unsigned long long)hi << 32 | lo) >> (s & 31)))
SB_TWIN_F(unsigned __funnelshift_lc(unsigned lo, unsigned hi, unsigned s),
          s >= 32 ? lo : (unsigned)(((unsigned long long)hi << 32 | lo) << s >> 32))
SB_TWIN_F(unsigned __funnelshift_rc(unsigned lo, unsigned hi, unsigned s),
          s >= 32 ? hi : (unsigned)(((unsigned long long)hi << 32 | lo) >> s))
/* The n-th set bit of mask from bit base on (n > 0: upwards, n < 0: downwards), or ~0. */
SB_TWIN_PURE unsigned __fns(unsigned mask, unsigned base, int n)
{
    int left = n < 0 ? -n : n == 0 ? 1 : n;
    for (int bit = (int)base; bit >= 0 && bit < 32; bit += n < 0 ? -1 : n == 0 ? 32 : 1) {
        if (mask >> bit & 1U && --left == 0) {
            return (unsigned)bit;
        }
    }
    return ~0U;
}
template <class T, class F> SB_TWIN_PURE T sb_twin_bits(F from)
{
    T to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}
SB_TWIN_F(int __float_as_int(float x), sb_twin_bits<int>(x))
SB_TWIN_F(unsigned __float_as_uint(float x), sb_twin_bits<unsigned>(x))
SB_TWIN_F(float __int_as_float(int x), sb_twin_bits<float>(x))
SB_TWIN_F(float __uint_as_float(unsigned x), sb_twin_bits<float>(x))
SB_TWIN_F(long long __double_as_longlong(double x), sb_twin_bits<long long>(x))
SB_TWIN_F(double __longlong_as_double(long long x), sb_twin_bits<double>(x))

#include "cuda_convert.h"
#include "cuda_rounding.h"
#include "cuda_simd.h"
#include "cuda_special.h"

/* min and max of mixed arithmetic types, as CUDA's overloads convert. */
template <class A, class B> SB_TWIN_PURE auto min(A a, B b) -> decltype(a + b) { return (decltype(a + b))a < (decltype(a + b))b ? a : b; }
template <class A, class B> SB_TWIN_PURE auto max(A a, B b) -> decltype(a + b) { return (decltype(a + b))a > (decltype(a + b))b ? a : b; }
SB_TWIN_F(unsigned umin(unsigned a, unsigned b), a < b ? a : b)
SB_TWIN_F(unsigned umax(unsigned a, unsigned b), a > b ? a : b)
SB_TWIN_F(long long llmin(long long a, long long b), a < b ? a : b)
SB_TWIN_F(long long llmax(long long a, long long b), a > b ? a : b)
SB_TWIN_F(unsigned long long ullmin(unsigned long long a, unsigned long long b), a < b ? a : b)
SB_TWIN_F(unsigned long long ullmax(unsigned long long a, unsigned long long b), a > b ? a : b)
#undef SB_TWIN_F

#endif
