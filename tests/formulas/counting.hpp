/* SPDX-License-Identifier: Apache-2.0 */
/* The dialect for counting: that of C (so that no macro is written twice), with `real` a class whose operators count
 * flop. Loads and stores are counted by the compiler's thread-sanitizer calls, which counts.c answers. */
#ifndef SB_COUNTING_HPP
#define SB_COUNTING_HPP

#include <cmath>
#include <stdint.h>
#include <type_traits>

#define restrict __restrict__
#define _Thread_local thread_local
#define real sb_plain_real
#include "dialect/c.h"
#undef real

extern "C" uint64_t sb_counted_flop;

/* Copies are spelled out: the compiler must load and store the one member, not move a block of memory. */
struct real {
    sb_plain_real v;

    real() = default;
    real(const real &other) : v(other.v) {}
    template <class T, class = typename std::enable_if<std::is_arithmetic<T>::value>::type>
    real(T value) : v((sb_plain_real)value)
    {
    }
    real &operator=(const real &other)
    {
        v = other.v;
        return *this;
    }
    template <class T, class = typename std::enable_if<std::is_arithmetic<T>::value>::type>
    explicit operator T() const
    {
        return (T)v;
    }
    real operator-() const
    {
        return real(-v);
    }
    real operator+() const
    {
        return *this;
    }

#define SB_FLOP_OPERATOR(op)                                                                             \
    friend real operator op(const real &a, const real &b)                                          \
    {                                                                                              \
        ++sb_counted_flop;                                                                         \
        return real(a.v op b.v);                                                                   \
    }                                                                                              \
    real &operator op##=(const real &b)                                                            \
    {                                                                                              \
        ++sb_counted_flop;                                                                         \
        v = v op b.v;                                                                              \
        return *this;                                                                              \
    }
    SB_FLOP_OPERATOR(+)
    SB_FLOP_OPERATOR(-)
    SB_FLOP_OPERATOR(*)
    SB_FLOP_OPERATOR(/)
#undef SB_FLOP_OPERATOR

#define SB_COMPARED(op)                                                                            \
    friend bool operator op(const real &a, const real &b)                                          \
    {                                                                                              \
        return a.v op b.v;                                                                         \
    }
    SB_COMPARED(<)
    SB_COMPARED(>)
    SB_COMPARED(<=)
    SB_COMPARED(>=)
    SB_COMPARED(==)
    SB_COMPARED(!=)
#undef SB_COMPARED
};
static_assert(sizeof(real) == sizeof(sb_plain_real), "arrays of real are arrays of the plain type");

static inline real sb_counted(uint64_t flop, sb_plain_real value)
{
    sb_counted_flop += flop;
    return real(value);
}

/* Square root is one operation, a fused multiply-add two; |x| and comparisons are none. */
#undef SQRT
#undef RSQRT
#undef EXP
#undef SIN
#undef COS
#undef FABS
#undef FMA
#define SQRT(x) sb_counted(1, std::sqrt(real(x).v))
#define RSQRT(x) sb_counted(2, 1 / std::sqrt(real(x).v))
#define EXP(x) sb_counted(1, std::exp(real(x).v))
#define SIN(x) sb_counted(1, std::sin(real(x).v))
#define COS(x) sb_counted(1, std::cos(real(x).v))
#define FABS(x) real(std::fabs(real(x).v))
#define FMA(a, b, c) sb_counted(2, std::fma(real(a).v, real(b).v, real(c).v))

#undef ATOMIC_ADD_REAL
#undef ATOMIC_ADD_REAL_SHARED
#define ATOMIC_ADD_REAL(p, v) ((void)(*(p) += (v)))
#define ATOMIC_ADD_REAL_SHARED ATOMIC_ADD_REAL

#endif
