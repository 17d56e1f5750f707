// SPDX-License-Identifier: Apache-2.0
// A region that ends without a barrier, and a later one that reads what other threads wrote in it.
// launch: smooth<<<4, 32>>>(u, v, 128)
// array: u real[128] in random
// array: v real[128] out
// finds: race at "s[x] = u[BLOCK_X * 32 + x]" and "v[BLOCK_X * 32 + x] = " array s
#include "portable.h"

KERNEL_BLOCKS(smooth, 32, 1, 1)(GLOBAL const real *restrict u, GLOBAL real *restrict v, index_t n)
{
    SHARED(real, s, 32);
#ifdef RIGHT
    THREADS_1D (x, 32) {
#else
    THREADS_1D_FREE (x, 32) {
#endif
        s[x] = u[BLOCK_X * 32 + x];
    }
    THREADS_1D (x, 32) {
        v[BLOCK_X * 32 + x] = REAL(0.5) * (s[(x + 1) % 32] + s[(x + 31) % 32]);
    }
}
