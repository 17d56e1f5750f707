/* SPDX-License-Identifier: Apache-2.0 */
/* The Gray-Scott step as one writes it by hand: a vector loop inside, a careful one along the border. */
#pragma GCC target("prefer-vector-width=256") /* as gcc -O3 -march=native has it */
#include "portable.h"

static real clamped(const real *x, index_t i, index_t j, index_t nx, index_t ny, index_t di,
                    index_t dj)
{
    const int outside = i + di < 0 || i + di >= nx || j + dj < 0 || j + dj >= ny;
    return outside ? x[j * nx + i] : x[(j + dj) * nx + i + di];
}

static real slow(const real *x, index_t i, index_t j, index_t nx, index_t ny, real keep, real side,
                 real diagonal)
{
#define X(di, dj) clamped(x, i, j, nx, ny, di, dj)
    return keep * x[j * nx + i] + side * (X(0, -1) + X(0, 1) + X(-1, 0) + X(1, 0)) +
           diagonal * (X(-1, -1) + X(1, -1) + X(-1, 1) + X(1, 1));
#undef X
}

void gray_scott_step(const real *restrict u, const real *restrict v, real *restrict next_u,
                     real *restrict next_v, real keep_u, real side_u, real diagonal_u, real keep_v,
                     real side_v, real diagonal_v, real feed, real dt, index_t nx, index_t ny)
{
#pragma omp parallel for
    for (index_t j = 0; j < ny; j++) {
        const int edge = j == 0 || j == ny - 1;
        if (!edge) {
#pragma omp simd
            for (index_t i = 1; i < nx - 1; i++) {
                const index_t c = j * nx + i;
                const real lu =
                    keep_u * u[c] + side_u * (u[c - nx] + u[c + nx] + u[c - 1] + u[c + 1]) +
                    diagonal_u * (u[c - nx - 1] + u[c - nx + 1] + u[c + nx - 1] + u[c + nx + 1]);
                const real lv =
                    keep_v * v[c] + side_v * (v[c - nx] + v[c + nx] + v[c - 1] + v[c + 1]) +
                    diagonal_v * (v[c - nx - 1] + v[c - nx + 1] + v[c + nx - 1] + v[c + nx + 1]);
                const real uvv = dt * u[c] * v[c] * v[c];
                next_u[c] = lu + feed - uvv;
                next_v[c] = lv + uvv;
            }
        }
        const index_t step = edge || nx == 1 ? 1 : nx - 1;
        for (index_t i = 0; i < nx; i += step) {
            const index_t c = j * nx + i;
            const real uvv = dt * u[c] * v[c] * v[c];
            next_u[c] = slow(u, i, j, nx, ny, keep_u, side_u, diagonal_u) + feed - uvv;
            next_v[c] = slow(v, i, j, nx, ny, keep_v, side_v, diagonal_v) + uvv;
        }
    }
}
