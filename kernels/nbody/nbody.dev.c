/* SPDX-License-Identifier: Apache-2.0 */
/* All-pairs gravity (G = 1) with Plummer softening, drift–kick–drift leapfrog. */
#include "portable.h"

/* Positions move with their velocities for time dt. */
KERNEL(drift)
(GLOBAL real *restrict x, GLOBAL real *restrict y, GLOBAL real *restrict z,
 GLOBAL const real *restrict vx, GLOBAL const real *restrict vy, GLOBAL const real *restrict vz,
 real dt, index_t n)
{
    FOR_EACH_1D (i, n) {
        x[i] = FMA(dt, vx[i], x[i]);
        y[i] = FMA(dt, vy[i], y[i]);
        z[i] = FMA(dt, vz[i], z[i]);
    }
}

/* Velocities change by dt times the acceleration of all bodies, which pass through the block in tiles. A body's force
 * on itself is exactly zero, for the softening keeps the distance from being zero. */
KERNEL_BLOCKS(kick, TILE, 1, 1)
(GLOBAL const real *restrict x, GLOBAL const real *restrict y, GLOBAL const real *restrict z,
 GLOBAL const real *restrict mass, GLOBAL real *restrict vx, GLOBAL real *restrict vy,
 GLOBAL real *restrict vz, real dt, real softening2, index_t n)
{
    SHARED(real, tile_x, TILE);
    SHARED(real, tile_y, TILE);
    SHARED(real, tile_z, TILE);
    SHARED(real, tile_mass, TILE);
    PRIVATE(real, my_x, TILE);
    PRIVATE(real, my_y, TILE);
    PRIVATE(real, my_z, TILE);
    PRIVATE(real, ax, TILE);
    PRIVATE(real, ay, TILE);
    PRIVATE(real, az, TILE);
    const index_t first = BLOCK_X * TILE;
    const int32_t bodies = (int32_t)MIN((index_t)TILE, n - first);

    THREADS_1D_TO (t, TILE, bodies) {
        MINE(my_x, t) = x[first + t];
        MINE(my_y, t) = y[first + t];
        MINE(my_z, t) = z[first + t];
        MINE(ax, t) = REAL(0);
        MINE(ay, t) = REAL(0);
        MINE(az, t) = REAL(0);
    }
    for (index_t other = 0; other < n; other += TILE) {
        const int32_t others = (int32_t)MIN((index_t)TILE, n - other);
        THREADS_1D_TO (t, TILE, others) {
            tile_x[t] = x[other + t];
            tile_y[t] = y[other + t];
            tile_z[t] = z[other + t];
            tile_mass[t] = mass[other + t];
        }
        THREADS_1D_TO (t, TILE, bodies) {
            const real here_x = MINE(my_x, t);
            const real here_y = MINE(my_y, t);
            const real here_z = MINE(my_z, t);
            real sum_x = MINE(ax, t);
            real sum_y = MINE(ay, t);
            real sum_z = MINE(az, t);
            for (int32_t j = 0; j < others; ++j) {
                const real dx = tile_x[j] - here_x;
                const real dy = tile_y[j] - here_y;
                const real dz = tile_z[j] - here_z;
                const real r2 = FMA(dx, dx, FMA(dy, dy, FMA(dz, dz, softening2)));
                const real inverse = RSQRT(r2);
                const real pull = tile_mass[j] * inverse * inverse * inverse;
                sum_x = FMA(pull, dx, sum_x);
                sum_y = FMA(pull, dy, sum_y);
                sum_z = FMA(pull, dz, sum_z);
            }
            MINE(ax, t) = sum_x;
            MINE(ay, t) = sum_y;
            MINE(az, t) = sum_z;
        }
    }
    THREADS_1D_TO (t, TILE, bodies) {
        vx[first + t] = FMA(dt, MINE(ax, t), vx[first + t]);
        vy[first + t] = FMA(dt, MINE(ay, t), vy[first + t]);
        vz[first + t] = FMA(dt, MINE(az, t), vz[first + t]);
    }
}
