/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions with a second result behind a pointer, of one real type (as math.h): a static function of scalars gives both;
 * a store that the twin watches carries the second, in every address space and width.
 */
#define ONE_RESULT_MORE(R, f, space)                                                               \
    T OVER f(T a, space R *p)                                                                      \
    {                                                                                              \
        LOOK(p, sizeof *p, LOOK_WRITE);                                                            \
        R second;                                                                                  \
        const T first = two_##f(a, &second);                                                       \
        *p = second;                                                                               \
        return first;                                                                              \
    }
#define WIDE_RESULT_MORE(n, T, R, f, space)                                                        \
    T##n OVER f(T##n a, space R##n *p)                                                             \
    {                                                                                              \
        LOOK(p, sizeof *p, LOOK_WRITE);                                                            \
        T##n first;                                                                                \
        R##n second;                                                                               \
        for (int i = 0; i < n; ++i) {                                                              \
            R one;                                                                                 \
            first[i] = two_##f(a[i], &one);                                                        \
            second[i] = one;                                                                       \
        }                                                                                          \
        *p = second;                                                                               \
        return first;                                                                              \
    }
#define WIDE_RESULT_MORE_T(n, T, R, f, space) WIDE_RESULT_MORE(n, T, R, f, space)
#define RESULT_MORE_IN(space, R, f)                                                                \
    ONE_RESULT_MORE(R, f, space) FOR_WIDTHS(WIDE_RESULT_MORE_T, T, R, f, space)
#define RESULT_MORE(R, f) FOR_SPACES(RESULT_MORE_IN, R, f)

T m_modf(T, __private T *) __asm__(STR(C(modf)));
T m_frexp(T, __private int *) __asm__(STR(C(frexp)));
T m_lgamma_r(T, __private int *) __asm__(STR(C(lgamma)) "_r");
static T two_modf(T a, __private T *whole) { return m_modf(a, whole); }
static T two_frexp(T a, __private int *exponent) { *exponent = 0; return m_frexp(a, exponent); }
static T two_lgamma_r(T a, __private int *sign) { *sign = 0; return m_lgamma_r(a, sign); }
static T two_sincos(T a, __private T *cosine) { *cosine = cos(a); return sin(a); }
static T two_fract(T a, __private T *whole)
{
    *whole = floor(a);
    if (!__builtin_isfinite(a)) {
        return __builtin_isnan(a) ? a : copysign((T)0, a);
    }
    return fmin(a - *whole, nextafter((T)1, (T)0));
}
RESULT_MORE(T, fract)
RESULT_MORE(T, modf)
RESULT_MORE(T, sincos)
RESULT_MORE(int, frexp)
RESULT_MORE(int, lgamma_r)

/* remquo() alone has two arguments. The quotient's low seven bits and its sign (6.12.2); C promises but three bits. */
static T two_remquo(T a, T b, __private int *quotient)
{
    const T rest = remainder(a, b), size = fabs(b);
    *quotient = 0;
    if (__builtin_isfinite(rest) && __builtin_isfinite(b)) {
        const T wide = 128 * size < (T)INFINITY ? fmod(fabs(a), 128 * size) : fabs(a);
        const int low = (int)rint((wide - (a < 0 ? -rest : rest)) / size) & 127;
        *quotient = (a < 0) == (b < 0) ? low : -low;
    }
    return rest;
}
#define REMQUO_WIDE(n, T, space)                                                                   \
    T##n OVER remquo(T##n a, T##n b, space int##n *p)                                              \
    {                                                                                              \
        LOOK(p, sizeof *p, LOOK_WRITE);                                                            \
        T##n rest;                                                                                 \
        int##n quotient;                                                                           \
        for (int i = 0; i < n; ++i) {                                                              \
            int one;                                                                               \
            rest[i] = two_remquo(a[i], b[i], &one);                                                \
            quotient[i] = one;                                                                     \
        }                                                                                          \
        *p = quotient;                                                                             \
        return rest;                                                                               \
    }
#define REMQUO_WIDE_T(n, T, space) REMQUO_WIDE(n, T, space)
#define REMQUO_IN(space, ...)                                                                      \
    T OVER remquo(T a, T b, space int *p)                                                          \
    {                                                                                              \
        LOOK(p, sizeof *p, LOOK_WRITE);                                                            \
        int quotient;                                                                              \
        const T rest = two_remquo(a, b, &quotient);                                                \
        *p = quotient;                                                                             \
        return rest;                                                                               \
    }                                                                                              \
    FOR_WIDTHS(REMQUO_WIDE_T, T, space)
FOR_SPACES(REMQUO_IN)
