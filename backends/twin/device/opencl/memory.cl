/* SPDX-License-Identifier: Apache-2.0 */
/* words: vload vstore */
/* Vector loads and stores (OpenCL C 1.2, 6.12.7): element by element as far as alignment goes, watched as one access. */
#include "base.h"

#define LOAD(n, T, space)                                                                          \
    T##n OVER vload##n(ulong offset, const space T *p)                                             \
    {                                                                                              \
        p += offset * n;                                                                           \
        LOOK(p, n * sizeof(T), LOOK_READ);                                                         \
        T##n out;                                                                                  \
        for (int i = 0; i < n; ++i) {                                                              \
            out[i] = p[i];                                                                         \
        }                                                                                          \
        return out;                                                                                \
    }
#define STORE(n, T, space)                                                                         \
    void OVER vstore##n(T##n a, ulong offset, space T *p)                                          \
    {                                                                                              \
        p += offset * n;                                                                           \
        LOOK(p, n * sizeof(T), LOOK_WRITE);                                                        \
        for (int i = 0; i < n; ++i) {                                                              \
            p[i] = a[i];                                                                           \
        }                                                                                          \
    }
#define LOADS(space, T) FOR_WIDTHS(LOAD, T, space)
#define STORES(space, T) FOR_WIDTHS(STORE, T, space)
#define BOTH(T, ...) FOR_SPACES(LOADS, T) LOADS(__constant, T) FOR_SPACES(STORES, T)
FOR_INTEGERS(BOTH)
BOTH(float)
BOTH(double)
