/* SPDX-License-Identifier: Apache-2.0 */
/* C = alpha A B + beta C by OpenBLAS, which the harness has loaded. Its threads are OpenMP's. */
#include "portable.h"

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111 }; /* CBLAS_LAYOUT, CBLAS_TRANSPOSE of cblas.h */

#if SB_REAL_FLOAT
#define CBLAS_GEMM cblas_sgemm
#else
#define CBLAS_GEMM cblas_dgemm
#endif
void CBLAS_GEMM(int layout, int trans_a, int trans_b, int m, int n, int k, real alpha,
                const real *a, int lda, const real *b, int ldb, real beta, real *c, int ldc);

KERNEL(gemm_vendor)(GLOBAL const real *restrict a, GLOBAL const real *restrict b,
                    GLOBAL real *restrict c, real alpha, real beta, index_t m, index_t n, index_t k)
{
    CBLAS_GEMM(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, (int)m, (int)n, (int)k, alpha, a, (int)k, b,
               (int)n, beta, c, (int)n);
}
