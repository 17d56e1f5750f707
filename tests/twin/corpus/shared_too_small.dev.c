// SPDX-License-Identifier: Apache-2.0
// The tile in SHARED memory has room for the block, and not for its halo.
// launch: blur<<<4, 32>>>(u, v)
// array: u real[130] in random
// array: v real[128] out
// finds: out_of_bounds at "s[x] = u[BLOCK_X * 32 + x]" array s index 32
#include "portable.h"

KERNEL_BLOCKS(blur, 32, 1, 1)(GLOBAL const real *restrict u, GLOBAL real *restrict v)
{
#ifdef RIGHT
    SHARED(real, s, 32 + 2);
#else
    SHARED(real, s, 32);
#endif
    THREADS_OVER_2D (x, y, 34, 1, 32) {
        s[x] = u[BLOCK_X * 32 + x];
    }
    THREADS_1D (x, 32) {
        v[BLOCK_X * 32 + x] = (s[x] + s[x + 1] + s[x + 2]) / REAL(3);
    }
}
