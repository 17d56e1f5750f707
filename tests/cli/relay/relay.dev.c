/* SPDX-License-Identifier: Apache-2.0 */
#include "portable.h"

#define BX 64

KERNEL(scale)(GLOBAL const real *restrict x, GLOBAL real *restrict t, real s, index_t n)
{
    FOR_EACH_1D (i, n) {
        t[i] = s * x[i];
    }
}

KERNEL_BLOCKS(mirror, BX, 1, 1)(GLOBAL const real *restrict t, GLOBAL real *restrict z, index_t n)
{
    SHARED(real, tile, BX);
    const index_t first = BLOCK_X * BX;
    THREADS_1D (i, BX) {
        tile[i] = t[first + i];
    }
    THREADS_1D (i, BX) {
        z[first + i] = tile[i] + tile[BX - 1 - i];
    }
}

KERNEL(add)(GLOBAL const real *restrict z, GLOBAL const real *restrict y, GLOBAL real *restrict w,
            index_t n)
{
    FOR_EACH_1D (i, n) {
        w[i] = z[i] + y[i];
    }
}
