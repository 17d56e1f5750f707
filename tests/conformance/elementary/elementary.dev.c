/* SPDX-License-Identifier: Apache-2.0 */
/* The dialect's elementary functions, each of its own input. */
#include "portable.h"

KERNEL(elementary)
(GLOBAL const real *restrict x, GLOBAL const real *restrict angle,
 GLOBAL real *restrict exponential, GLOBAL real *restrict sine, GLOBAL real *restrict cosine,
 index_t n)
{
    FOR_EACH_1D (i, n) {
        exponential[i] = EXP(x[i]);
        sine[i] = SIN(angle[i]);
        cosine[i] = COS(angle[i]);
    }
}
