// SPDX-License-Identifier: Apache-2.0
// A five-point stencil over the whole field instead of its interior.
// launch: laplace<<<each(24, 16)>>>(u, v, 24, 16)
// array: u real[384] in random
// array: v real[384] inout zero
// finds: out_of_bounds at "u[(j - 1) * nx + i]" array u
#include "portable.h"

KERNEL(laplace)(GLOBAL const real *restrict u, GLOBAL real *restrict v, index_t nx, index_t ny)
{
    FOR_EACH_2D (i, j, nx, ny) {
#ifdef RIGHT
        const index_t n = MAX(j - 1, 0), s = MIN(j + 1, ny - 1);
        v[j * nx + i] = u[n * nx + i] + u[s * nx + i] - REAL(2) * u[j * nx + i];
#else
        v[j * nx + i] = u[(j - 1) * nx + i] + u[(j + 1) * nx + i] - REAL(2) * u[j * nx + i];
#endif
    }
}
