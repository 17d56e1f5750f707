/* SPDX-License-Identifier: Apache-2.0 */
/* words: vload_half vloada_half vstore_half vstorea_half */
/* vload_half… and vstore_half… (OpenCL C 1.2, 6.12.7): memory holds 16-bit floats, values are float or double. */
#include "base.h"

double m_ldexp(double, int) __asm__("ldexp");
int m_ilogb(double) __asm__("ilogb");

static float from_half(ushort bits)
{
    const int exponent = bits >> 10 & 31, digits = bits & 1023;
    const uint sign = (uint)(bits & 0x8000) << 16;
    if (exponent == 31) {
        return as_float(sign | 0x7F800000U | (uint)digits << 13);
    }
    const float size = exponent ? as_float((uint)(exponent + 112) << 23 | (uint)digits << 13) : digits * 0x1p-24f;
    return as_float(as_uint(size) | sign);
}
enum mode { RTE, RTZ, RTP, RTN };
static ushort to_half(double a, enum mode mode)
{
    const ushort sign = (ushort)(as_ulong(a) >> 63) << 15;
    const double size = __builtin_fabs(a);
    if (a != a) {
        return sign | 0x7E00;
    }
    const bool up = mode == (sign ? RTN : RTP);
    if (size >= 65536) {
        return sign | (size == (double)INFINITY || up || mode == RTE ? 0x7C00 : 0x7BFF);
    }
    const int exponent = size < 0x1p-14 ? -14 : m_ilogb(size);
    const double digits = m_ldexp(size, 10 - exponent); /* below 2048; exact */
    const double kept = mode == RTE ? __builtin_rint(digits) : up ? __builtin_ceil(digits) : __builtin_floor(digits);
    /* A carry goes into the exponent, and from the largest number to infinity, by itself. */
    const int bits = ((exponent + 14) << 10) + (int)kept;
    return sign | (bits >= 0x7C00 && mode != RTE && !up ? 0x7BFF : bits);
}
#define AS_BITS(space, p) ((space ushort *)(p))
#define AS_CONST_BITS(space, p) ((const space ushort *)(p))

#define LOAD_ONE(space)                                                                            \
    float OVER vload_half(ulong offset, const space half *p)                                       \
    {                                                                                              \
        LOOK(AS_CONST_BITS(space, p) + offset, 2, LOOK_READ);                                      \
        return from_half(AS_CONST_BITS(space, p)[offset]);                                         \
    }                                                                                              \
    FOR_WIDTHS(LOAD_WIDE, vload_half, space, n) FOR_WIDTHS(LOAD_ALIGNED, vloada_half, space)
/* pitch: elements between vectors; of the aligned forms, three take the place of four */
#define LOAD_BODY(n, pitch, space)                                                                 \
    {                                                                                              \
        const space ushort *bits = AS_CONST_BITS(space, p) + offset * (pitch);                     \
        LOOK(bits, 2 * n, LOOK_READ);                                                              \
        float##n out;                                                                              \
        for (int i = 0; i < n; ++i) {                                                              \
            out[i] = from_half(bits[i]);                                                           \
        }                                                                                          \
        return out;                                                                                \
    }
#define LOAD_WIDE(n, f, space, ...) float##n OVER f##n(ulong offset, const space half *p) LOAD_BODY(n, n, space)
#define LOAD_ALIGNED(n, f, space)                                                                  \
    float##n OVER f##n(ulong offset, const space half *p) LOAD_BODY(n, n == 3 ? 4 : n, space)

#define STORE_ONE(T, space, suffix, mode)                                                          \
    void OVER vstore_half##suffix(T a, ulong offset, space half *p)                                \
    {                                                                                              \
        LOOK(AS_BITS(space, p) + offset, 2, LOOK_WRITE);                                           \
        AS_BITS(space, p)[offset] = to_half(a, mode);                                              \
    }                                                                                              \
    FOR_WIDTHS(STORE_WIDE, T, vstore_half, space, suffix, mode, 0)                                 \
    FOR_WIDTHS(STORE_WIDE, T, vstorea_half, space, suffix, mode, 1)
#define STORE_WIDE(n, T, f, space, suffix, mode, aligned)                                          \
    void OVER f##n##suffix(T##n a, ulong offset, space half *p)                                    \
    {                                                                                              \
        space ushort *bits = AS_BITS(space, p) + offset * (aligned && n == 3 ? 4 : n);             \
        LOOK(bits, 2 * n, LOOK_WRITE);                                                             \
        for (int i = 0; i < n; ++i) {                                                              \
            bits[i] = to_half(a[i], mode);                                                         \
        }                                                                                          \
    }
#define STORES_OF(T, space)                                                                        \
    STORE_ONE(T, space, , RTE) STORE_ONE(T, space, _rte, RTE) STORE_ONE(T, space, _rtz, RTZ)       \
    STORE_ONE(T, space, _rtp, RTP) STORE_ONE(T, space, _rtn, RTN)
#define IN(space, ...) LOAD_ONE(space) STORES_OF(float, space) STORES_OF(double, space)
FOR_SPACES(IN)
LOAD_ONE(__constant)
