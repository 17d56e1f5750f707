/* SPDX-License-Identifier: Apache-2.0 */
/* Integer functions (OpenCL C 1.2, 6.12.3; ctz of 2.0). T: the type; S, U: signed and unsigned of its width. */
#include "base.h"

#define BITS(T) ((int)(8 * sizeof(T)))
#define LEAST(T) ((T)((T)-1 < 0 ? (T)1 << (BITS(T) - 1) : 0))
#define MOST(T) ((T)~LEAST(T))

#define BOTH(T, S, U, ...)                                                                         \
    T OVER min(T a, T b) { return b < a ? b : a; }                                                 \
    T OVER max(T a, T b) { return a < b ? b : a; }                                                 \
    T OVER clamp(T a, T b, T c) { return min(max(a, b), c); }                                      \
    U OVER abs(T a) { return a < 0 ? -(U)a : (U)a; }                                               \
    U OVER abs_diff(T a, T b) { return a < b ? (U)b - (U)a : (U)a - (U)b; }                        \
    T OVER hadd(T a, T b) { return (a >> 1) + (b >> 1) + (a & b & 1); }                            \
    T OVER rhadd(T a, T b) { return (a >> 1) + (b >> 1) + ((a | b) & 1); }                         \
    T OVER rotate(T a, T b)                                                                        \
    {                                                                                              \
        const int by = (int)((U)b % BITS(T));                                                      \
        return (T)((U)a << by | (U)a >> (BITS(T) - by) % BITS(T));                                 \
    }                                                                                              \
    T OVER clz(T a) { return a == 0 ? BITS(T) : __builtin_clzl((U)a) - (64 - BITS(T)); }           \
    T OVER ctz(T a) { return a == 0 ? BITS(T) : __builtin_ctzl((U)a); }                            \
    T OVER popcount(T a) { return __builtin_popcountl((U)a); }                                     \
    T OVER add_sat(T a, T b)                                                                       \
    {                                                                                              \
        T sum;                                                                                     \
        return !__builtin_add_overflow(a, b, &sum) ? sum : b < 0 ? LEAST(T) : MOST(T);             \
    }                                                                                              \
    T OVER sub_sat(T a, T b)                                                                       \
    {                                                                                              \
        T rest;                                                                                    \
        return !__builtin_sub_overflow(a, b, &rest) ? rest : b < 0 ? MOST(T) : LEAST(T);           \
    }                                                                                              \
    T OVER mad_hi(T a, T b, T c) { return (T)((U)mul_hi(a, b) + (U)c); }                           \
    T OVER mad_sat(T a, T b, T c)                                                                  \
    {                                                                                              \
        /* high : low is a b + c over twice the width */                                           \
        const U low = (U)a * (U)b, sum = low + (U)c;                                               \
        const T high = (T)((U)mul_hi(a, b) + (sum < low) + (U)(c < 0 ? -1 : 0));                   \
        const T fits = (T)-1 < 0 && (S)sum < 0 ? (T)-1 : 0;                                        \
        return high == fits ? (T)sum : high < 0 ? LEAST(T) : MOST(T);                              \
    }                                                                                              \
    BY_HALVES_2(T, T, T, min) BY_HALVES_2(T, T, T, max) BY_HALVES_3(T, T, T, T, clamp)             \
    FOR_WIDTHS(LAST_FOR_ALL, T, T, T, min) FOR_WIDTHS(LAST_FOR_ALL, T, T, T, max)                  \
    FOR_WIDTHS(CLAMP_FOR_ALL, T)                                                                   \
    BY_HALVES_1(U, T, abs) BY_HALVES_2(U, T, T, abs_diff)                                          \
    BY_HALVES_2(T, T, T, hadd) BY_HALVES_2(T, T, T, rhadd) BY_HALVES_2(T, T, T, rotate)            \
    BY_HALVES_1(T, T, clz) BY_HALVES_1(T, T, ctz) BY_HALVES_1(T, T, popcount)                      \
    BY_HALVES_2(T, T, T, add_sat) BY_HALVES_2(T, T, T, sub_sat) BY_HALVES_2(T, T, T, mul_hi)       \
    BY_HALVES_3(T, T, T, T, mad_hi) BY_HALVES_3(T, T, T, T, mad_sat)
#define CLAMP_FOR_ALL(n, T)                                                                        \
    T##n OVER clamp(T##n a, T b, T c) { return clamp(a, (T##n)(b), (T##n)(c)); }

#define MUL_HI(T, W) T OVER mul_hi(T a, T b) { return (T)(((W)a * b) >> BITS(T)); }
MUL_HI(char, int) MUL_HI(uchar, int) MUL_HI(short, int) MUL_HI(ushort, uint) MUL_HI(int, long) MUL_HI(uint, ulong)
ulong OVER mul_hi(ulong a, ulong b)
{
    const ulong a0 = a & 0xFFFFFFFFU, a1 = a >> 32, b0 = b & 0xFFFFFFFFU, b1 = b >> 32;
    const ulong middle = a1 * b0 + ((a0 * b0) >> 32); /* below 2^64 */
    return a1 * b1 + (middle >> 32) + ((a0 * b1 + (middle & 0xFFFFFFFFU)) >> 32);
}
long OVER mul_hi(long a, long b)
{
    const ulong high = mul_hi((ulong)a, (ulong)b);
    return (long)(high - (a < 0 ? (ulong)b : 0) - (b < 0 ? (ulong)a : 0));
}
FOR_INTEGERS(BOTH)

/* Arguments beyond 24 bits are undefined in mul24: the low bits decide here. */
int OVER mul24(int a, int b) { return (int)((uint)((int)((uint)a << 8) >> 8) * (uint)((int)((uint)b << 8) >> 8)); }
uint OVER mul24(uint a, uint b) { return (a & 0xFFFFFFU) * (b & 0xFFFFFFU); }
int OVER mad24(int a, int b, int c) { return (int)((uint)mul24(a, b) + (uint)c); }
uint OVER mad24(uint a, uint b, uint c) { return mul24(a, b) + c; }
BY_HALVES_2(int, int, int, mul24) BY_HALVES_2(uint, uint, uint, mul24)
BY_HALVES_3(int, int, int, int, mad24) BY_HALVES_3(uint, uint, uint, uint, mad24)

#define UPSAMPLE(W, WU, H, L)                                                                      \
    W OVER upsample(H a, L b) { return (W)((WU)a << BITS(L) | b); }                                \
    BY_HALVES_2(W, H, L, upsample)
UPSAMPLE(short, ushort, char, uchar) UPSAMPLE(ushort, ushort, uchar, uchar)
UPSAMPLE(int, uint, short, ushort) UPSAMPLE(uint, uint, ushort, ushort)
UPSAMPLE(long, ulong, int, uint) UPSAMPLE(ulong, ulong, uint, uint)
