// SPDX-License-Identifier: Apache-2.0
// A histogram in the dialect without ATOMIC_ADD.
// launch: histogram<<<each(256)>>>(x, bins, 256)
// array: x int32_t[256] in random(0, 15)
// array: bins int32_t[16] inout zero
// finds: race at "bins[x[i]] += 1" and "bins[x[i]] += 1" array bins
#include "portable.h"

KERNEL(histogram)(GLOBAL const int32_t *restrict x, GLOBAL int32_t *restrict bins, index_t n)
{
    FOR_EACH_1D (i, n) {
#ifdef RIGHT
        ATOMIC_ADD(&bins[x[i]], 1);
#else
        bins[x[i]] += 1;
#endif
    }
}
