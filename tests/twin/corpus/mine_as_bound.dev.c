// SPDX-License-Identifier: Apache-2.0
// A value per thread bounds a loop around regions: on a GPU each thread has its own number of barriers.
// launch: rounds<<<2, 32>>>(work, out)
// array: work int32_t[64] in ramp(1, 1)
// array: out int32_t[64] out
// finds: divergence at "THREADS_1D (t, 32) { // a round"
#include "portable.h"

KERNEL_BLOCKS(rounds, 32, 1, 1)(GLOBAL const int32_t *restrict work, GLOBAL int32_t *restrict out)
{
    PRIVATE(int32_t, turns, 32);
    THREADS_1D (t, 32) {
        MINE(turns, t) = work[BLOCK_X * 32 + t] % 4;
        out[BLOCK_X * 32 + t] = 0;
    }
#ifdef RIGHT
    for (int32_t k = 0; k < 3; ++k) {
#else
    for (int32_t k = 0; k < MINE(turns, 0); ++k) {
#endif
        THREADS_1D (t, 32) { // a round
            out[BLOCK_X * 32 + t] += k < MINE(turns, t);
        }
    }
}
