/* SPDX-License-Identifier: Apache-2.0 */
/* words: shuffle */
/* shuffle and shuffle2 (OpenCL C 1.2, 6.12.12): the low bits of each mask element say which element is taken. */
#include "base.h"

#define SHUFFLE(n, m, T, U)                                                                        \
    T##n OVER shuffle(T##m a, U##n mask)                                                           \
    {                                                                                              \
        T##n out;                                                                                  \
        for (int i = 0; i < n; ++i) {                                                              \
            out[i] = a[mask[i] & (m - 1)];                                                         \
        }                                                                                          \
        return out;                                                                                \
    }                                                                                              \
    T##n OVER shuffle2(T##m a, T##m b, U##n mask)                                                  \
    {                                                                                              \
        T##n out;                                                                                  \
        for (int i = 0; i < n; ++i) {                                                              \
            const int at = (int)(mask[i] & (2 * m - 1));                                           \
            out[i] = at < m ? a[at] : b[at - m];                                                   \
        }                                                                                          \
        return out;                                                                                \
    }
#define SHUFFLE_FROM(n, T, U) SHUFFLE(n, 2, T, U) SHUFFLE(n, 4, T, U) SHUFFLE(n, 8, T, U) SHUFFLE(n, 16, T, U)
#define SHUFFLE_ALL(T, S, U, ...)                                                                  \
    SHUFFLE_FROM(2, T, U) SHUFFLE_FROM(4, T, U) SHUFFLE_FROM(8, T, U) SHUFFLE_FROM(16, T, U)
FOR_INTEGERS(SHUFFLE_ALL)
SHUFFLE_ALL(float, int, uint)
SHUFFLE_ALL(double, long, ulong)
