/* SPDX-License-Identifier: Apache-2.0 */
/* One step of the Gray-Scott model. All constants come folded with the time step: README.md, "Formulas". */
#include "portable.h"

/* keep·centre + side·(4 sides) + diagonal·(4 corners). */
FUNCTION real spread(real centre, real sides, real corners, real keep, real side, real diagonal)
{
    return keep * centre + side * sides + diagonal * corners;
}

/* A cell with all eight neighbours, summed in an order that mirror images do not change. */
FUNCTION real inside(GLOBAL const real *x, index_t at, index_t nx, real keep, real side,
                     real diagonal)
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

/* dt·u·v² changes from one species to the other; the feed adds U. */
#define REACT(at, spread_u, spread_v)                                                              \
    const real uvv = dt * (u[at] * (v[at] * v[at]));                                               \
    next_u[at] = (spread_u) + (feed - uvv);                                                        \
    next_v[at] = (spread_v) + uvv

#define ARGUMENTS                                                                                  \
    GLOBAL const real *restrict u, GLOBAL const real *restrict v, GLOBAL real *restrict next_u,    \
        GLOBAL real *restrict next_v, real keep_u, real side_u, real diagonal_u, real keep_v,      \
        real side_v, real diagonal_v, real feed, real dt, index_t nx, index_t ny

FUNCTION void step_inside(ARGUMENTS, index_t i, index_t j)
{
    const index_t at = j * nx + i;
    (void)ny;
    REACT(at, inside(u, at, nx, keep_u, side_u, diagonal_u),
          inside(v, at, nx, keep_v, side_v, diagonal_v));
}

FUNCTION void step_border(ARGUMENTS, index_t i, index_t j)
{
    const index_t at = j * nx + i;
    REACT(at, border(u, i, j, nx, ny, keep_u, side_u, diagonal_u),
          border(v, i, j, nx, ny, keep_v, side_v, diagonal_v));
}

#define GIVEN                                                                                      \
    u, v, next_u, next_v, keep_u, side_u, diagonal_u, keep_v, side_v, diagonal_v, feed, dt, nx, ny

/* The whole step at once. */
KERNEL(gray_scott_step)(ARGUMENTS)
{
    FOR_EACH_2D_FRAMED(i, j, nx, ny, step_inside(GIVEN, i, j), step_border(GIVEN, i, j));
}

/* The same in two launches, BORDER_APART = 1: PoCL does not vectorise a step that tests for the border. */
KERNEL(gray_scott_inside)(ARGUMENTS)
{
    FOR_EACH_2D (i, j, nx - 2, ny - 2) {
        step_inside(GIVEN, i + 1, j + 1);
    }
}

/* The first row and the last, then both ends of the rows between; every cell where nx or ny is below 3. */
KERNEL(gray_scott_border)(ARGUMENTS, index_t count)
{
    FOR_EACH_1D (k, count) {
        const index_t rest = k - 2 * nx;
        if (nx < 3 || ny < 3) {
            step_border(GIVEN, k % nx, k / nx);
        } else if (rest < 0) {
            step_border(GIVEN, k < nx ? k : k - nx, k < nx ? 0 : ny - 1);
        } else {
            step_border(GIVEN, (rest & 1) * (nx - 1), 1 + rest / 2);
        }
    }
}
