// SPDX-License-Identifier: Apache-2.0
// The tile is loaded anew while other threads still read it: the region that reads must end in a barrier.
// launch: product<<<2, 32>>>(a, x, y, 64)
// array: a real[4096] in random
// array: x real[64] in random
// array: y real[64] out
// finds: race at "s[t] = x[k0 + t]" and "MINE(sum, t) += " array s
#include "portable.h"

KERNEL_BLOCKS(product, 32, 1, 1)(GLOBAL const real *restrict a, GLOBAL const real *restrict x, GLOBAL real *restrict y,
                                 index_t n)
{
    SHARED(real, s, 32);
    PRIVATE(real, sum, 32);
    THREADS_1D_FREE (t, 32) {
        MINE(sum, t) = REAL(0);
    }
    for (index_t k0 = 0; k0 < n; k0 += 32) {
        THREADS_1D (t, 32) {
            s[t] = x[k0 + t];
        }
#ifdef RIGHT
        THREADS_1D (t, 32) {
#else
        THREADS_1D_FREE (t, 32) {
#endif
            for (index_t k = 0; k < 32; ++k) {
                MINE(sum, t) += a[(BLOCK_X * 32 + t) * n + k0 + k] * s[k];
            }
        }
    }
    THREADS_1D (t, 32) {
        y[BLOCK_X * 32 + t] = MINE(sum, t);
    }
}
