/* SPDX-License-Identifier: Apache-2.0 */
/* BabelStream's OpenMP loops over elements (dot is launched block by block, which a plain loop is not). */
#include "portable.h"

void stream_copy(const real *restrict a, real *restrict c, index_t n)
{
#pragma omp parallel for
    for (index_t i = 0; i < n; i++) {
        c[i] = a[i];
    }
}

void stream_mul(real *restrict b, const real *restrict c, real scalar, index_t n)
{
#pragma omp parallel for
    for (index_t i = 0; i < n; i++) {
        b[i] = scalar * c[i];
    }
}

void stream_add(const real *restrict a, const real *restrict b, real *restrict c, index_t n)
{
#pragma omp parallel for
    for (index_t i = 0; i < n; i++) {
        c[i] = a[i] + b[i];
    }
}

void stream_triad(real *restrict a, const real *restrict b, const real *restrict c, real scalar,
                  index_t n)
{
#pragma omp parallel for
    for (index_t i = 0; i < n; i++) {
        a[i] = b[i] + scalar * c[i];
    }
}
