/* SPDX-License-Identifier: Apache-2.0 */
/* words: atomic_ atom_ */
/* Atomics of OpenCL C 1.x (1.2, 6.12.11): looked at, then done; no other work-item runs in between. */
#include "base.h"
#include "atomic.h"

#define ATOMIC(space, T, name, value)                                                              \
    T OVER name(volatile space T *p, T b)                                                          \
    {                                                                                              \
        READ_MODIFY_WRITE(space, T, p, value)                                                      \
    }
#define ATOMIC_OF_ONE(space, T, name, value)                                                       \
    T OVER name(volatile space T *p)                                                               \
    {                                                                                              \
        READ_MODIFY_WRITE(space, T, p, value)                                                      \
    }
#define COMPARE(space, T, name)                                                                    \
    T OVER name(volatile space T *p, T wanted, T b)                                                \
    {                                                                                              \
        CHANGE(space, T, p, old == wanted ? b : old, LOOK_ATOMIC_COMPARE)                          \
    }
#define INTEGER(space, T, prefix)                                                                  \
    ATOMIC(space, T, prefix##_add, old + b)                                                        \
    ATOMIC(space, T, prefix##_sub, old - b)                                                        \
    ATOMIC(space, T, prefix##_xchg, b)                                                             \
    ATOMIC(space, T, prefix##_min, b < old ? b : old)                                              \
    ATOMIC(space, T, prefix##_max, b > old ? b : old)                                              \
    ATOMIC(space, T, prefix##_and, old &b)                                                         \
    ATOMIC(space, T, prefix##_or, old | b)                                                         \
    ATOMIC(space, T, prefix##_xor, old ^ b)                                                        \
    ATOMIC_OF_ONE(space, T, prefix##_inc, old + 1)                                                 \
    ATOMIC_OF_ONE(space, T, prefix##_dec, old - 1)                                                 \
    COMPARE(space, T, prefix##_cmpxchg)
#define IN(space, ...)                                                                             \
    INTEGER(space, int, atomic) INTEGER(space, uint, atomic)                                       \
    INTEGER(space, int, atom) INTEGER(space, uint, atom)                                           \
    INTEGER(space, long, atom) INTEGER(space, ulong, atom)                                         \
    ATOMIC(space, float, atomic_xchg, b)
FOR_SPACES(IN)
