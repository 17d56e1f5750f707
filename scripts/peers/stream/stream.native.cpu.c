/* SPDX-License-Identifier: Apache-2.0 */
/* BabelStream's OpenMP loops. */
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

void stream_dot(const real *restrict a, const real *restrict b, real *restrict sums, index_t n)
{
    real sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (index_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    sums[0] = sum;
}

void stream_dot_finish(const real *restrict sums, real *restrict dot, index_t count)
{
    (void)count;
    dot[0] = sums[0];
}
