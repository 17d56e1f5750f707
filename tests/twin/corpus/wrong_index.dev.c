// SPDX-License-Identifier: Apache-2.0
// A forward difference over all n points reads one beyond the last.
// launch: difference<<<each(100)>>>(u, d, 100)
// array: u real[100] in random
// array: d real[100] inout zero
// finds: out_of_bounds at "d[i] = u[i + 1] - u[i]" array u index 100
#include "portable.h"

KERNEL(difference)(GLOBAL const real *restrict u, GLOBAL real *restrict d, index_t n)
{
    FOR_EACH_1D (i, n) {
#ifdef RIGHT
        d[i] = u[i + 1 < n ? i + 1 : i] - u[i];
#else
        d[i] = u[i + 1] - u[i];
#endif
    }
}
