/* SPDX-License-Identifier: Apache-2.0 */
/* Relational functions (OpenCL C 1.2, 6.12.6): of scalars 0 or 1, of vectors 0 or −1 in integers of the elements' width. */
#include "base.h"

/* value: of a, b, T; I: what a vector of T answers */
#define ANSWER_2(T, I, f, value)                                                                   \
    int OVER f(T a, T b) { return (value) & 1; }                                                   \
    FOR_WIDTHS(ANSWER_2_WIDE, T, I, f)
#define ANSWER_2_WIDE(n, T, I, f)                                                                  \
    I##n OVER f(T##n a, T##n b)                                                                    \
    {                                                                                              \
        I##n all;                                                                                  \
        for (int i = 0; i < n; ++i) {                                                              \
            all[i] = -f(a[i], b[i]);                                                               \
        }                                                                                          \
        return all;                                                                                \
    }
#define ANSWER_1(T, I, f, value)                                                                   \
    int OVER f(T a) { return (value) & 1; }                                                        \
    FOR_WIDTHS(ANSWER_1_WIDE, T, I, f)
#define ANSWER_1_WIDE(n, T, I, f)                                                                  \
    I##n OVER f(T##n a)                                                                            \
    {                                                                                              \
        I##n all;                                                                                  \
        for (int i = 0; i < n; ++i) {                                                              \
            all[i] = -f(a[i]);                                                                     \
        }                                                                                          \
        return all;                                                                                \
    }
#define OF_REALS(T, I, AS)                                                                         \
    ANSWER_2(T, I, isequal, a == b)                                                                \
    ANSWER_2(T, I, isnotequal, a != b)                                                             \
    ANSWER_2(T, I, isgreater, a > b)                                                               \
    ANSWER_2(T, I, isgreaterequal, a >= b)                                                         \
    ANSWER_2(T, I, isless, a < b)                                                                  \
    ANSWER_2(T, I, islessequal, a <= b)                                                            \
    ANSWER_2(T, I, islessgreater, a < b || a > b)                                                  \
    ANSWER_2(T, I, isordered, a == a && b == b)                                                    \
    ANSWER_2(T, I, isunordered, a != a || b != b)                                                  \
    ANSWER_1(T, I, isfinite, __builtin_isfinite(a))                                                \
    ANSWER_1(T, I, isinf, __builtin_isinf(a) != 0)                                                 \
    ANSWER_1(T, I, isnan, a != a)                                                                  \
    ANSWER_1(T, I, isnormal, __builtin_isnormal(a))                                                \
    ANSWER_1(T, I, signbit, AS(a) < 0)
OF_REALS(float, int, as_int)
OF_REALS(double, long, as_long)

/* any, all: the most significant bit of each element */
#define ANY_ALL(T, S, U, ...)                                                                      \
    int OVER any(T a) { return a < 0; }                                                            \
    int OVER all(T a) { return a < 0; }                                                            \
    FOR_WIDTHS(ANY_ALL_WIDE, T)
#define ANY_ALL_WIDE(n, T)                                                                         \
    int OVER any(T##n a)                                                                           \
    {                                                                                              \
        T bits = 0;                                                                                \
        for (int i = 0; i < n; ++i) {                                                              \
            bits |= a[i];                                                                          \
        }                                                                                          \
        return bits < 0;                                                                           \
    }                                                                                              \
    int OVER all(T##n a)                                                                           \
    {                                                                                              \
        T bits = -1;                                                                               \
        for (int i = 0; i < n; ++i) {                                                              \
            bits &= a[i];                                                                          \
        }                                                                                          \
        return bits < 0;                                                                           \
    }
FOR_SIGNED(ANY_ALL)

#define BITSELECT(T, S, U, BITS, BACK)                                                             \
    T OVER bitselect(T a, T b, T c) { return BACK((BITS(a) & ~BITS(c)) | (BITS(b) & BITS(c))); }   \
    BY_HALVES_3(T, T, T, T, bitselect)
#define SAME(a) (a)
FOR_INTEGERS(BITSELECT, SAME, SAME)
BITSELECT(float, int, uint, as_uint, as_float)
BITSELECT(double, long, ulong, as_ulong, as_double)

/* select(a, b, c): c ? b : a for scalars, by the most significant bit for vectors; c signed or unsigned. */
#define SELECT(T, S, U, ...) SELECT_BY(T, S, S) SELECT_BY(T, U, S)
#define SELECT_BY(T, I, S)                                                                         \
    T OVER select(T a, T b, I c) { return c ? b : a; }                                             \
    FOR_WIDTHS(SELECT_WIDE, T, I, S)
#define SELECT_WIDE(n, T, I, S)                                                                    \
    T##n OVER select(T##n a, T##n b, I##n c)                                                       \
    {                                                                                              \
        for (int i = 0; i < n; ++i) {                                                              \
            a[i] = (S)c[i] < 0 ? b[i] : a[i];                                                      \
        }                                                                                          \
        return a;                                                                                  \
    }
FOR_INTEGERS(SELECT)
SELECT(float, int, uint)
SELECT(double, long, ulong)
