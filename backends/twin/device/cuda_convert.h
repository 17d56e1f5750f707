/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions with a rounding in their names (CUDA Math API, "Type Casting Intrinsics"), and arithmetic of the same kind. */
#ifndef SB_TWIN_CUDA_CONVERT_H
#define SB_TWIN_CUDA_CONVERT_H

#define SB_TWIN_ROUND_rn(x) __builtin_rint(x)
#define SB_TWIN_ROUND_rz(x) __builtin_trunc(x)
#define SB_TWIN_ROUND_ru(x) __builtin_ceil(x)
#define SB_TWIN_ROUND_rd(x) __builtin_floor(x)
/* What does not fit becomes the nearest that does; NaN is 0 (for 64 bits the least), as the hardware has it. */
#define SB_TWIN_TO_WHOLE(from, F, to, T, least, above, nan, how)                                                       \
    SB_TWIN_PURE T __##from##2##to##_##how(F x)                                                                        \
    {                                                                                                                  \
        const double r = SB_TWIN_ROUND_##how((double)x);                                                               \
        return r != r ? (T)(nan) : r < (double)(least) ? (T)(least) : r >= (above) ? (T)~(T)(least) : (T)r;       \
    }
#define SB_TWIN_TO_WHOLES(from, F, how)                                                                                \
    SB_TWIN_TO_WHOLE(from, F, int, int, (-__INT_MAX__ - 1), 0x1p31, 0, how)                                            \
    SB_TWIN_TO_WHOLE(from, F, uint, unsigned, 0, 0x1p32, 0, how)                                                       \
    SB_TWIN_TO_WHOLE(from, F, ll, long long, (-__LONG_LONG_MAX__ - 1), 0x1p63, (-__LONG_LONG_MAX__ - 1), how)          \
    SB_TWIN_TO_WHOLE(from, F, ull, unsigned long long, 0, 0x1p64, 1ULL << 63, how)
#define SB_TWIN_EACH_WAY(what, ...) what(__VA_ARGS__, rn) what(__VA_ARGS__, rz) what(__VA_ARGS__, ru) what(__VA_ARGS__, rd)
SB_TWIN_EACH_WAY(SB_TWIN_TO_WHOLES, double, double)
SB_TWIN_EACH_WAY(SB_TWIN_TO_WHOLES, float, float)

/* To the nearest narrow value, then a step where that lies on the wrong side. The wide value is exact. */
#define SB_TWIN_STEP_rn(wide, T, r) false
#define SB_TWIN_STEP_rz(wide, T, r) ((wide) >= 0 ? (r) > (wide) : (r) < (wide))
#define SB_TWIN_STEP_ru(wide, T, r) ((r) < (wide))
#define SB_TWIN_STEP_rd(wide, T, r) ((r) > (wide))
template <class T> SB_TWIN_PURE T sb_twin_next(T x, bool up)
{
    return sizeof(T) == 4 ? (T)__builtin_nextafterf((float)x, up ? __builtin_inff() : -__builtin_inff())
                          : (T)__builtin_nextafter((double)x, up ? __builtin_inf() : -__builtin_inf());
}
#define SB_TWIN_NARROW(name, how, T, parameters, wide_value)                                                           \
    SB_TWIN_PURE T name##_##how parameters                                                                             \
    {                                                                                                                  \
        const long double wide = wide_value;                                                                           \
        const T r = (T)wide;                                                                                           \
        return SB_TWIN_STEP_##how(wide, T, (long double)r) ? sb_twin_next(r, (long double)r < wide) : r;               \
    }
#define SB_TWIN_FROM(from, F, to, T, how) SB_TWIN_NARROW(__##from##2##to, how, T, (F x), (long double)x)
SB_TWIN_EACH_WAY(SB_TWIN_FROM, double, double, float, float)
SB_TWIN_EACH_WAY(SB_TWIN_FROM, int, int, float, float)
SB_TWIN_EACH_WAY(SB_TWIN_FROM, uint, unsigned, float, float)
SB_TWIN_EACH_WAY(SB_TWIN_FROM, ll, long long, float, float)
SB_TWIN_EACH_WAY(SB_TWIN_FROM, ull, unsigned long long, float, float)
SB_TWIN_EACH_WAY(SB_TWIN_FROM, ll, long long, double, double)
SB_TWIN_EACH_WAY(SB_TWIN_FROM, ull, unsigned long long, double, double)
SB_TWIN_FROM(int, int, double, double, rn)
SB_TWIN_FROM(uint, unsigned, double, double, rn)

SB_TWIN_PURE int __double2hiint(double x) { return (int)(sb_twin_bits<unsigned long long>(x) >> 32); }
SB_TWIN_PURE int __double2loint(double x) { return (int)sb_twin_bits<unsigned long long>(x); }
SB_TWIN_PURE double __hiloint2double(int hi, int lo)
{
    return sb_twin_bits<double>((unsigned long long)(unsigned)hi << 32 | (unsigned)lo);
}

#undef SB_TWIN_FROM
#undef SB_TWIN_NARROW
#undef SB_TWIN_EACH_WAY
#undef SB_TWIN_TO_WHOLES
#undef SB_TWIN_TO_WHOLE

#endif
