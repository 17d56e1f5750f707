// SPDX-License-Identifier: Apache-2.0
// A block's counters in SHARED memory are added to before anybody set them.
// launch: histogram<<<4, 64>>>(x, bins)
// array: x int32_t[256] in random(0, 7)
// array: bins int32_t[8] inout zero
// finds: uninitialised at "ATOMIC_ADD_SHARED(&h[" array h
#include "portable.h"

KERNEL_BLOCKS(histogram, 64, 1, 1)(GLOBAL const int32_t *restrict x, GLOBAL int32_t *restrict bins)
{
    SHARED(int32_t, h, 8);
#ifdef RIGHT
    THREADS_1D_TO (t, 64, 8) {
        h[t] = 0;
    }
#endif
    THREADS_1D (t, 64) {
        ATOMIC_ADD_SHARED(&h[x[BLOCK_X * 64 + t]], 1);
    }
    THREADS_1D_TO (t, 64, 8) {
        ATOMIC_ADD(&bins[t], h[t]);
    }
}
