/* SPDX-License-Identifier: Apache-2.0 */
/* One explicit step of the heat equation, 7 points in 3D. Arrays have a frame of one fixed point on every side. */
#include "portable.h"

KERNEL(stencil_step)(GLOBAL const real *restrict from, GLOBAL real *restrict to, real keep,
                     real give, index_t nx, index_t ny, index_t nz)
{
    const index_t pitch = nx + 2;
    const index_t plane = pitch * (ny + 2);
    FOR_EACH_3D (i, j, k, nx, ny, nz) {
        const index_t at = (k + 1) * plane + (j + 1) * pitch + i + 1;
        const real around = (from[at - 1] + from[at + 1]) + (from[at - pitch] + from[at + pitch]) +
                            (from[at - plane] + from[at + plane]);
        to[at] = keep * from[at] + give * around;
    }
}
