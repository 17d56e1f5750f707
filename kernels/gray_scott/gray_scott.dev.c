/* SPDX-License-Identifier: Apache-2.0 */
/* One step of the Gray-Scott model. All constants come folded with the time step: README.md, "Formulas". */
#include "portable.h"

/* keep·centre + side·(4 sides) + diagonal·(4 corners). */
FUNCTION real spread(real centre, real sides, real corners, real keep, real side, real diagonal)
{
    return keep * centre + side * sides + diagonal * corners;
}

/* A cell with all eight neighbours, summed in an order that mirror images do not change. */
FUNCTION real inside(GLOBAL const real *x, index_t at, index_t nx, real keep, real side, real diagonal)
{
    const index_t up = at - nx;
    const index_t down = at + nx;
    return spread(x[at], (x[up] + x[down]) + (x[at - 1] + x[at + 1]),
                  (x[up - 1] + x[up + 1]) + (x[down - 1] + x[down + 1]), keep, side, diagonal);
}

/* A cell at the border: a neighbour that is not there counts as the cell itself, so nothing flows to it. */
FUNCTION real border(GLOBAL const real *x, index_t i, index_t j, index_t nx, index_t ny, real keep,
                     real side, real diagonal)
{
    const index_t at = j * nx + i;
    const index_t north = j > 0 ? -nx : 0;
    const index_t south = j < ny - 1 ? nx : 0;
    const index_t west = i > 0 ? -1 : 0;
    const index_t east = i < nx - 1 ? 1 : 0;
    const index_t nw = north != 0 && west != 0 ? north + west : 0;
    const index_t ne = north != 0 && east != 0 ? north + east : 0;
    const index_t sw = south != 0 && west != 0 ? south + west : 0;
    const index_t se = south != 0 && east != 0 ? south + east : 0;
    return spread(x[at], (x[at + north] + x[at + south]) + (x[at + west] + x[at + east]),
                  (x[at + nw] + x[at + ne]) + (x[at + sw] + x[at + se]), keep, side, diagonal);
}

KERNEL(gray_scott_step)(GLOBAL const real *restrict u, GLOBAL const real *restrict v,
                        GLOBAL real *restrict next_u, GLOBAL real *restrict next_v, real keep_u,
                        real side_u, real diagonal_u, real keep_v, real side_v, real diagonal_v,
                        real feed, real dt, index_t nx, index_t ny)
{
    FOR_EACH_2D_FRAMED(
        i, j, nx, ny,
        {
            const index_t at = j * nx + i;
            const real uvv = dt * (u[at] * (v[at] * v[at]));
            next_u[at] = inside(u, at, nx, keep_u, side_u, diagonal_u) + (feed - uvv);
            next_v[at] = inside(v, at, nx, keep_v, side_v, diagonal_v) + uvv;
        },
        {
            const index_t at = j * nx + i;
            const real uvv = dt * (u[at] * (v[at] * v[at]));
            next_u[at] = border(u, i, j, nx, ny, keep_u, side_u, diagonal_u) + (feed - uvv);
            next_v[at] = border(v, i, j, nx, ny, keep_v, side_v, diagonal_v) + uvv;
        });
}
