/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversions to a real type TO of DIGITS bits: convert_TO[_rte|_rtz|_rtp|_rtn](any type). The processor rounds to nearest;
 * the other modes step to the neighbour where that went the wrong way. C(): libm's suffix.
 */
TO m_nextafter(TO, TO) __asm__(STR(C(nextafter)));

enum mode { RTE, RTZ, RTP, RTN };
/* nearest is a rounded to nearest; side: of nearest − a, −1, 0 or 1. */
static TO stepped(TO nearest, int side, bool negative, enum mode mode)
{
    const bool down = mode == RTN || (mode == RTZ && !negative);
    if (mode == RTE || side == 0 || (side < 0) == down) {
        return nearest;
    }
    return m_nextafter(nearest, down ? -(TO)INFINITY : (TO)INFINITY);
}
/* The integer of magnitude size: what of it is beyond DIGITS bits decides. */
static TO from_size(ulong size, bool negative, enum mode mode)
{
    const TO nearest = (TO)size;
    const ulong back = nearest < (TO)0x1p64 ? (ulong)nearest : 0; /* 2^64 as 0: above any size */
    const int side = nearest >= (TO)0x1p64 ? 1 : back > size ? 1 : back < size ? -1 : 0;
    return stepped(negative ? -nearest : nearest, negative ? -side : side, negative, mode);
}
static TO from_signed(long a, enum mode mode) { return from_size(a < 0 ? -(ulong)a : (ulong)a, a < 0, mode); }
static TO from_unsigned(ulong a, enum mode mode) { return from_size(a, false, mode); }
static TO from_real(double a, enum mode mode)
{
    const TO nearest = (TO)a;
    return stepped(nearest, (double)nearest > a ? 1 : (double)nearest < a ? -1 : 0, a < 0, mode);
}

#define DEFINE(to, suffix, from, value)                                                            \
    to OVER convert_##to##suffix(from a) { return (value); }                                       \
    CONVERT_BY_HALVES(to, suffix, from)
#define FROM(from, by, to)                                                                         \
    DEFINE(to, , from, by(a, RTE)) DEFINE(to, _rte, from, by(a, RTE))                              \
    DEFINE(to, _rtz, from, by(a, RTZ)) DEFINE(to, _rtp, from, by(a, RTP)) DEFINE(to, _rtn, from, by(a, RTN))
#define ALL_TO_(to)                                                                                \
    FROM(char, from_signed, to) FROM(uchar, from_unsigned, to) FROM(short, from_signed, to)        \
    FROM(ushort, from_unsigned, to) FROM(int, from_signed, to) FROM(uint, from_unsigned, to)       \
    FROM(long, from_signed, to) FROM(ulong, from_unsigned, to)                                     \
    FROM(float, from_real, to) FROM(double, from_real, to)
#define ALL_TO(to) ALL_TO_(to)
ALL_TO(TO)
