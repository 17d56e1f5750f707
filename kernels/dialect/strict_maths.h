/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXP, SIN and COS for strict maths: libraries differ in the last bits, so every dialect has these instead, in terms of
 * +, ×, comparison and SB_FMA64 (fused, on double) alone. float is computed as double and rounded once.
 *   exp  x = k ln 2 + r, |r| ≤ ln 2 / 2 (Cody, Waite, Software Manual for the Elementary Functions, 1980, §6); its Taylor
 *        polynomial of degree 13, remainder below 2⁻⁵⁷; times 2ᵏ in two exact factors, so that results below the normal
 *        range are rounded once. Within 1 ULP of double.
 *   sin, cos  x = k π/2 + r, |r| ≤ π/4, π/2 in two parts; Taylor of degree 17 and 18, remainder below 2⁻⁶². Within
 *        1.2 ULP of double for |x| ≤ 2²⁰; where |x| is 2³⁰ or more: NaN.
 */
#ifndef SB_STRICT_MATHS_H
#define SB_STRICT_MATHS_H

union sb_bits {
    int64_t bits;
    double value;
};
FUNCTION double sb_power_of_2(int64_t k)
{
    union sb_bits u;
    u.bits = (k + 1023) << 52;
    return u.value;
}

FUNCTION double sb_no_number(void)
{
    union sb_bits u;
    u.bits = (int64_t)2047 << 52 | (int64_t)1 << 51;
    return u.value;
}

/* Adding and taking away 1.5 × 2⁵² rounds to the nearest whole number. */
#define SB_SHIFTER 6755399441055744.0

FUNCTION double sb_exp64(double x)
{
    const double c = x > 720.0 ? 720.0 : x < -760.0 ? -760.0 : x;
    const double k = SB_FMA64(c, 1.4426950408889634, SB_SHIFTER) - SB_SHIFTER;
    const double r = SB_FMA64(-k, 2.3190468138462996e-17, SB_FMA64(-k, 0.6931471805599453, c));
    const int64_t power = c == c ? (int64_t)k : 0;
    double p = 1.6059043836821613e-10;
    p = SB_FMA64(p, r, 2.08767569878681e-09);
    p = SB_FMA64(p, r, 2.505210838544172e-08);
    p = SB_FMA64(p, r, 2.755731922398589e-07);
    p = SB_FMA64(p, r, 2.7557319223985893e-06);
    p = SB_FMA64(p, r, 2.48015873015873e-05);
    p = SB_FMA64(p, r, 0.0001984126984126984);
    p = SB_FMA64(p, r, 0.001388888888888889);
    p = SB_FMA64(p, r, 0.008333333333333333);
    p = SB_FMA64(p, r, 0.041666666666666664);
    p = SB_FMA64(p, r, 0.16666666666666666);
    p = SB_FMA64(p, r, 0.5);
    p = SB_FMA64(p, r * r, r);
    p = p + 1.0;
    return p * sb_power_of_2(power / 2) * sb_power_of_2(power - power / 2);
}

/* sin and cos of r + rest, where rest is below half a unit of r's last place. */
FUNCTION double sb_sin_near(double r, double rest)
{
    const double r2 = r * r;
    double p = 2.8114572543455206e-15;
    p = SB_FMA64(p, r2, -7.647163731819816e-13);
    p = SB_FMA64(p, r2, 1.6059043836821613e-10);
    p = SB_FMA64(p, r2, -2.505210838544172e-08);
    p = SB_FMA64(p, r2, 2.7557319223985893e-06);
    p = SB_FMA64(p, r2, -0.0001984126984126984);
    p = SB_FMA64(p, r2, 0.008333333333333333);
    p = SB_FMA64(p, r2, -0.16666666666666666);
    return r + SB_FMA64(p, r2 * r, rest);
}

FUNCTION double sb_cos_near(double r, double rest)
{
    const double r2 = r * r;
    double p = -1.5619206968586225e-16;
    p = SB_FMA64(p, r2, 4.779477332387385e-14);
    p = SB_FMA64(p, r2, -1.1470745597729725e-11);
    p = SB_FMA64(p, r2, 2.08767569878681e-09);
    p = SB_FMA64(p, r2, -2.755731922398589e-07);
    p = SB_FMA64(p, r2, 2.48015873015873e-05);
    p = SB_FMA64(p, r2, -0.001388888888888889);
    p = SB_FMA64(p, r2, 0.041666666666666664);
    p = SB_FMA64(p, r2, -0.5);
    return 1.0 + SB_FMA64(p, r2, -r * rest);
}

/* sin(x + quarters π/2) */
FUNCTION double sb_sine64(double x, int64_t quarters)
{
    const int32_t near = x < 1073741824.0 && x > -1073741824.0;
    const double c = near ? x : 0.0;
    const double k = SB_FMA64(c, 0.6366197723675814, SB_SHIFTER) - SB_SHIFTER;
    const double first = SB_FMA64(-k, 1.5707963267948966, c); /* exact */
    const double r = SB_FMA64(-k, 6.123233995736766e-17, first);
    const double rest = SB_FMA64(-k, 6.123233995736766e-17, first - r);
    const int64_t quadrant = ((int64_t)k + quarters) & 3;
    const double s = (quadrant & 1) == 0 ? sb_sin_near(r, rest) : sb_cos_near(r, rest);
    return !near ? sb_no_number() : quadrant < 2 ? s : -s;
}

#define SB_STRICT_EXP(x) ((real)sb_exp64((double)(x)))
#define SB_STRICT_SIN(x) ((real)sb_sine64((double)(x), 0))
#define SB_STRICT_COS(x) ((real)sb_sine64((double)(x), 1))

#endif
