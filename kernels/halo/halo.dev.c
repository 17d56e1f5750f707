/* SPDX-License-Identifier: Apache-2.0 */
/* The heat equation on one rank's part of a closed box: its outer cells into messages, its frame from messages, and the
 * step of 7 points. Arrays have a frame of one cell on every side. */
#include "portable.h"

/* The two faces across one direction, cells low + i·along + j·across and high + …, to faces[face …] and behind it. */
KERNEL(halo_pack)(GLOBAL const real *restrict u, GLOBAL real *restrict faces, index_t low,
                  index_t high, index_t along, index_t across, index_t face, index_t n, index_t m)
{
    FOR_EACH_2D (i, j, n, m) {
        const index_t cell = i * along + j * across;
        const index_t at = face + j * n + i;
        faces[at] = u[low + cell];
        faces[at + n * m] = u[high + cell];
    }
}

/* The frame's two sides across one direction. */
KERNEL(halo_unpack)(GLOBAL real *restrict u, GLOBAL const real *restrict faces, index_t low,
                    index_t high, index_t along, index_t across, index_t face, index_t n, index_t m)
{
    FOR_EACH_2D (i, j, n, m) {
        const index_t cell = i * along + j * across;
        const index_t at = face + j * n + i;
        u[low + cell] = faces[at];
        u[high + cell] = faces[at + n * m];
    }
}

KERNEL(halo_step)(GLOBAL const real *restrict from, GLOBAL real *restrict to, real keep, real give,
                  index_t nx, index_t ny, index_t nz)
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
