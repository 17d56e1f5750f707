/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversions (OpenCL C 1.2, 6.2.3) to an integer type TO: convert_TO[_sat][_rte|_rtz|_rtp|_rtn](any type). Without _sat a
 * value out of range gives what the implementation likes: here the nearest of the range.
 */
#define LEAST(T) ((T)((T)-1 < 0 ? (T)1 << (8 * sizeof(T) - 1) : 0))
#define MOST(T) ((T)~LEAST(T))

/* Bounds as reals: LEAST is a power of two or zero; MOST + 1 is a power of two. */
#define BELOW(T) ((double)LEAST(T))
#define ABOVE(T) (2.0 * (double)((T)1 << (8 * sizeof(T) - 2)) * ((T)-1 < 0 ? 1 : 2))
static TO limited(double a)
{
    return a != a ? 0 : a <= BELOW(TO) ? LEAST(TO) : a >= ABOVE(TO) ? MOST(TO) : (TO)a;
}
static double rounded(double a, int mode)
{
    return mode == 0 ? a : mode == 1 ? __builtin_rint(a) : mode == 2 ? __builtin_ceil(a) : __builtin_floor(a);
}
static TO clipped_signed(long a)
{
    return (TO)-1 < 0 ? (a < (long)LEAST(TO) ? LEAST(TO) : a > (long)MOST(TO) ? MOST(TO) : (TO)a)
                      : (a < 0 ? 0 : (ulong)a > (ulong)MOST(TO) ? MOST(TO) : (TO)a);
}
static TO clipped_unsigned(ulong a) { return a > (ulong)MOST(TO) ? MOST(TO) : (TO)a; }

#define DEFINE(to, suffix, from, value)                                                            \
    to OVER convert_##to##suffix(from a) { return (value); }                                       \
    CONVERT_BY_HALVES(to, suffix, from)
#define WITH_MODES(to, from, none, rte, rtp, rtn)                                                  \
    DEFINE(to, , from, none) DEFINE(to, _rtz, from, none)                                          \
    DEFINE(to, _rte, from, rte) DEFINE(to, _rtp, from, rtp) DEFINE(to, _rtn, from, rtn)
#define WITH_SAT(to, from, none, rte, rtp, rtn)                                                    \
    DEFINE(to, _sat, from, none) DEFINE(to, _sat_rtz, from, none)                                  \
    DEFINE(to, _sat_rte, from, rte) DEFINE(to, _sat_rtp, from, rtp) DEFINE(to, _sat_rtn, from, rtn)
#define FROM_INTEGER(from, clip, to)                                                               \
    WITH_MODES(to, from, (to)a, (to)a, (to)a, (to)a)                                               \
    WITH_SAT(to, from, clip(a), clip(a), clip(a), clip(a))
#define FROM_REAL(from, to)                                                                        \
    WITH_MODES(to, from, limited(a), limited(rounded(a, 1)), limited(rounded(a, 2)), limited(rounded(a, 3))) \
    WITH_SAT(to, from, limited(a), limited(rounded(a, 1)), limited(rounded(a, 2)), limited(rounded(a, 3)))
#define ALL_TO_(to)                                                                                \
    FROM_INTEGER(char, clipped_signed, to) FROM_INTEGER(uchar, clipped_unsigned, to)               \
    FROM_INTEGER(short, clipped_signed, to) FROM_INTEGER(ushort, clipped_unsigned, to)             \
    FROM_INTEGER(int, clipped_signed, to) FROM_INTEGER(uint, clipped_unsigned, to)                 \
    FROM_INTEGER(long, clipped_signed, to) FROM_INTEGER(ulong, clipped_unsigned, to)               \
    FROM_REAL(float, to) FROM_REAL(double, to)
#define ALL_TO(to) ALL_TO_(to)
ALL_TO(TO)
