// SPDX-License-Identifier: Apache-2.0
// The dialect's regions: PRIVATE across barriers, a free region that is one, THREADS_OVER_2D with a halo.
// launch: blur<<<(3, 2), (16, 4)>>>(u, v, 48, 8)
// array: u real[500] in random
// array: v real[384] out
#include "portable.h"

KERNEL_BLOCKS(blur, 16, 4, 1)(GLOBAL const real *restrict u, GLOBAL real *restrict v, index_t nx, index_t ny)
{
    SHARED(real, s, 18 * 6);
    PRIVATE(real, mine, 64);
    THREADS_2D (x, y, 16, 4) {
        for (int32_t k = y * 16 + x; k < 18 * 6; k += 64) {
            s[k] = u[(BLOCK_Y * 4 + k / 18) * (nx + 2) + BLOCK_X * 16 + k % 18];
        }
    }
    THREADS_2D_FREE (x, y, 16, 4) {
        MINE(mine, y * 16 + x) = REAL(0);
    }
    for (int32_t d = 0; d < 9; ++d) {
        THREADS_2D_FREE (x, y, 16, 4) {
            MINE(mine, y * 16 + x) += s[(y + d / 3) * 18 + x + d % 3];
        }
    }
    THREADS_2D (x, y, 16, 4) {
        v[(BLOCK_Y * 4 + y) * nx + BLOCK_X * 16 + x] = MINE(mine, y * 16 + x) / REAL(9);
    }
}
