// SPDX-License-Identifier: Apache-2.0
// Iterations of FOR_EACH are independent; a sweep in place is not.
// launch: relax<<<each(16, 16)>>>(u, v, 16, 16)
// array: u real[256] inout random
// array: v real[256] inout zero
// finds: race at "u[j * nx + i] = " and "u[j * nx + i] = " array u
#include "portable.h"

KERNEL(relax)(GLOBAL real *restrict u, GLOBAL real *restrict v, index_t nx, index_t ny)
{
    FOR_EACH_2D (i, j, nx, ny) {
        const index_t w = i > 0 ? i - 1 : nx - 1, e = i < nx - 1 ? i + 1 : 0;
#ifdef RIGHT
        v[j * nx + i] = REAL(0.5) * (u[j * nx + w] + u[j * nx + e]);
#else
        u[j * nx + i] = REAL(0.5) * (u[j * nx + w] + u[j * nx + e]);
#endif
    }
}
