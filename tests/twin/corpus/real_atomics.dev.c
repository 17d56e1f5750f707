// SPDX-License-Identifier: Apache-2.0
// A sum of reals by atomics: every order of additions gives other bits.
// launch: total<<<each(512)>>>(x, sum, fixed, 512)
// array: x real[512] in random
// array: sum real[1] inout zero
// array: fixed int32_t[1] inout zero
// finds: order array sum
#include "portable.h"

KERNEL(total)(GLOBAL const real *restrict x, GLOBAL real *sum, GLOBAL int32_t *fixed, index_t n)
{
    FOR_EACH_1D (i, n) {
#ifdef RIGHT
        ATOMIC_ADD(fixed, (int32_t)(x[i] * REAL(65536)));
#else
        ATOMIC_ADD_REAL(sum, x[i]);
#endif
    }
}
