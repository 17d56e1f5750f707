/* SPDX-License-Identifier: Apache-2.0 */
/* Four bytes or two halves of a word at once (CUDA Math API, "SIMD Intrinsics"), and the dot products of sm_61. */
#ifndef SB_TWIN_CUDA_SIMD_H
#define SB_TWIN_CUDA_SIMD_H

SB_TWIN_PURE long long sb_twin_clamp(long long x, long long least, long long most)
{
    return x < least ? least : x > most ? most : x;
}
/* Each lane of a and b, as x and y of type S (signed) and U (unsigned), gives a lane of the result. */
#define SB_TWIN_SIMD(name, lanes, S, U, T, expression)                                                                 \
    SB_TWIN_PURE unsigned name##lanes(unsigned a, unsigned b)                                                          \
    {                                                                                                                  \
        const int bits = 32 / lanes;                                                                                   \
        unsigned r = 0;                                                                                                \
        for (int k = 0; k < lanes; ++k) {                                                                              \
            const long long x = (T)(a >> k * bits), y = (T)(b >> k * bits);                                            \
            r |= (unsigned)(U)(expression) << k * bits;                                                                \
        }                                                                                                              \
        return r;                                                                                                      \
    }
#define SB_TWIN_SIMD_ALL(lanes, S, U, least, most, umost)                                                              \
    SB_TWIN_SIMD(__vadd, lanes, S, U, U, x + y)                                                                        \
    SB_TWIN_SIMD(__vsub, lanes, S, U, U, x - y)                                                                        \
    SB_TWIN_SIMD(__vaddss, lanes, S, U, S, sb_twin_clamp(x + y, least, most))                                          \
    SB_TWIN_SIMD(__vsubss, lanes, S, U, S, sb_twin_clamp(x - y, least, most))                                          \
    SB_TWIN_SIMD(__vaddus, lanes, S, U, U, sb_twin_clamp(x + y, 0, umost))                                             \
    SB_TWIN_SIMD(__vsubus, lanes, S, U, U, sb_twin_clamp(x - y, 0, umost))                                             \
    SB_TWIN_SIMD(__vavgs, lanes, S, U, S, (x + y + (x + y >= 0)) >> 1)                                                 \
    SB_TWIN_SIMD(__vavgu, lanes, S, U, U, (x + y + 1) >> 1)                                                            \
    SB_TWIN_SIMD(__vhaddu, lanes, S, U, U, (x + y) >> 1)                                                               \
    SB_TWIN_SIMD(__vmaxs, lanes, S, U, S, x > y ? x : y)                                                               \
    SB_TWIN_SIMD(__vmaxu, lanes, S, U, U, x > y ? x : y)                                                               \
    SB_TWIN_SIMD(__vmins, lanes, S, U, S, x < y ? x : y)                                                               \
    SB_TWIN_SIMD(__vminu, lanes, S, U, U, x < y ? x : y)                                                               \
    SB_TWIN_SIMD(__vabsdiffs, lanes, S, U, S, x > y ? x - y : y - x)                                                   \
    SB_TWIN_SIMD(__vabsdiffu, lanes, S, U, U, x > y ? x - y : y - x)                                                   \
    SB_TWIN_SIMD(__vcmpeq, lanes, S, U, U, x == y ? -1 : 0)                                                            \
    SB_TWIN_SIMD(__vcmpne, lanes, S, U, U, x != y ? -1 : 0)                                                            \
    SB_TWIN_SIMD(__vcmpges, lanes, S, U, S, x >= y ? -1 : 0)                                                           \
    SB_TWIN_SIMD(__vcmpgeu, lanes, S, U, U, x >= y ? -1 : 0)                                                           \
    SB_TWIN_SIMD(__vcmpgts, lanes, S, U, S, x > y ? -1 : 0)                                                            \
    SB_TWIN_SIMD(__vcmpgtu, lanes, S, U, U, x > y ? -1 : 0)                                                            \
    SB_TWIN_SIMD(__vcmples, lanes, S, U, S, x <= y ? -1 : 0)                                                           \
    SB_TWIN_SIMD(__vcmpleu, lanes, S, U, U, x <= y ? -1 : 0)                                                           \
    SB_TWIN_SIMD(__vcmplts, lanes, S, U, S, x < y ? -1 : 0)                                                            \
    SB_TWIN_SIMD(__vcmpltu, lanes, S, U, U, x < y ? -1 : 0)                                                            \
    SB_TWIN_SIMD(__vseteq, lanes, S, U, U, x == y)                                                                     \
    SB_TWIN_SIMD(__vsetne, lanes, S, U, U, x != y)                                                                     \
    SB_TWIN_SIMD(__vsetgtu, lanes, S, U, U, x > y)                                                                     \
    SB_TWIN_SIMD(__vsetltu, lanes, S, U, U, x < y)                                                                     \
    SB_TWIN_PURE unsigned __vneg##lanes(unsigned a) { return __vsub##lanes(0, a); }                                    \
    SB_TWIN_PURE unsigned __vabs##lanes(unsigned a) { return __vmaxs##lanes(a, __vneg##lanes(a)) | (a & __vneg##lanes(a)); } \
    SB_TWIN_PURE unsigned __vsadu##lanes(unsigned a, unsigned b)                                                       \
    {                                                                                                                  \
        const unsigned d = __vabsdiffu##lanes(a, b);                                                                   \
        unsigned sum = 0;                                                                                              \
        for (int k = 0; k < lanes; ++k) {                                                                              \
            sum += (U)(d >> k * (32 / lanes));                                                                         \
        }                                                                                                              \
        return sum;                                                                                                    \
    }
SB_TWIN_SIMD_ALL(4, signed char, unsigned char, -128, 127, 255)
SB_TWIN_SIMD_ALL(2, short, unsigned short, -32768, 32767, 65535)
#undef SB_TWIN_SIMD_ALL
#undef SB_TWIN_SIMD

#define SB_TWIN_DOT(name, T, A, B, count, bits_a, bits_b, first)                                                       \
    SB_TWIN_PURE T name(T a, T b, T c)                                                                                 \
    {                                                                                                                  \
        unsigned sum = (unsigned)c;                                                                                    \
        for (int k = 0; k < count; ++k) {                                                                              \
            sum += (unsigned)((A)((unsigned)a >> k * bits_a) * (B)((unsigned)b >> (k * bits_b + first)));              \
        }                                                                                                              \
        return (T)sum;                                                                                                 \
    }
SB_TWIN_DOT(__dp4a, int, signed char, signed char, 4, 8, 8, 0)
SB_TWIN_DOT(__dp4a, unsigned, unsigned char, unsigned char, 4, 8, 8, 0)
SB_TWIN_DOT(__dp2a_lo, int, short, signed char, 2, 16, 8, 0)
SB_TWIN_DOT(__dp2a_lo, unsigned, unsigned short, unsigned char, 2, 16, 8, 0)
SB_TWIN_DOT(__dp2a_hi, int, short, signed char, 2, 16, 8, 16)
SB_TWIN_DOT(__dp2a_hi, unsigned, unsigned short, unsigned char, 2, 16, 8, 16)
#undef SB_TWIN_DOT

#endif
