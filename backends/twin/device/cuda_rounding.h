/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic with a rounding in its name other than to nearest, by the processor's own modes; included by cuda_math.h. */
#ifndef SB_TWIN_CUDA_ROUNDING_H
#define SB_TWIN_CUDA_ROUNDING_H

#include <fenv.h>

/* Nothing moves across the changes of mode: operands and result are in memory there. */
#define SB_TWIN_DIRECTED(T, name, mode, parameters, given, expression)                                                 \
    SB_TWIN_BUILTIN T name parameters                                                                                  \
    {                                                                                                                  \
        volatile T given;                                                                                              \
        const int before = fegetround();                                                                               \
        fesetround(mode);                                                                                              \
        volatile T r = (expression);                                                                                   \
        fesetround(before);                                                                                            \
        return r;                                                                                                      \
    }
#define SB_TWIN_COMMA ,
#define SB_TWIN_DIRECTED_ALL(T, f, d, s, how, mode)                                                                    \
    SB_TWIN_DIRECTED(T, __##d##add_##how, mode, (T a, T b), p = a SB_TWIN_COMMA q = b, p + q)                          \
    SB_TWIN_DIRECTED(T, __##d##sub_##how, mode, (T a, T b), p = a SB_TWIN_COMMA q = b, p - q)                          \
    SB_TWIN_DIRECTED(T, __##d##mul_##how, mode, (T a, T b), p = a SB_TWIN_COMMA q = b, p * q)                          \
    SB_TWIN_DIRECTED(T, __##d##div_##how, mode, (T a, T b), p = a SB_TWIN_COMMA q = b, p / q)                          \
    SB_TWIN_DIRECTED(T, __##d##rcp_##how, mode, (T a), p = a, 1 / p)                                                   \
    SB_TWIN_DIRECTED(T, __##d##sqrt_##how, mode, (T a), p = a, __builtin_sqrt##s(p))                                   \
    SB_TWIN_DIRECTED(T, __fma##f##_##how, mode, (T a, T b, T c),                                                       \
                     p = a SB_TWIN_COMMA q = b SB_TWIN_COMMA o = c, __builtin_fma##s(p, q, o))
#define SB_TWIN_DIRECTED_BOTH(how, mode)                                                                               \
    SB_TWIN_DIRECTED_ALL(float, f, f, f, how, mode)                                                                    \
    SB_TWIN_DIRECTED_ALL(double, , d, , how, mode)
SB_TWIN_DIRECTED_BOTH(rz, FE_TOWARDZERO)
SB_TWIN_DIRECTED_BOTH(ru, FE_UPWARD)
SB_TWIN_DIRECTED_BOTH(rd, FE_DOWNWARD)
#undef SB_TWIN_DIRECTED_BOTH
#undef SB_TWIN_DIRECTED_ALL
#undef SB_TWIN_DIRECTED
#undef SB_TWIN_COMMA

#endif
