/* SPDX-License-Identifier: Apache-2.0 */
/* The heat equation's step as one writes it by hand. */
#pragma GCC target("prefer-vector-width=256") /* as gcc -O3 -march=native has it */
#include "portable.h"

void stencil_step(const real *restrict from, real *restrict to, real keep, real give, index_t nx,
                  index_t ny, index_t nz)
{
    const index_t sy = nx + 2;
    const index_t sz = sy * (ny + 2);
#pragma omp parallel for collapse(2)
    for (index_t z = 1; z <= nz; z++) {
        for (index_t y = 1; y <= ny; y++) {
#pragma omp simd
            for (index_t x = 1; x <= nx; x++) {
                const index_t i = z * sz + y * sy + x;
                to[i] = keep * from[i] + give * (from[i - 1] + from[i + 1] + from[i - sy] +
                                                 from[i + sy] + from[i - sz] + from[i + sz]);
            }
        }
    }
}
