/* SPDX-License-Identifier: Apache-2.0 */
/* C = alpha A B + beta C by cuBLAS (the harness has loaded it). Its matrices are column-major: our row-major C is its
 * transpose, and C^T = B^T A^T. */
#include "portable.h"
#include "vendor_gpu.h"

#include <stddef.h>

enum { NO_TRANSPOSE = 0 }; /* CUBLAS_OP_N of cublas_api.h */

#if SB_REAL_FLOAT
#define CUBLAS_GEMM cublasSgemm_v2
#else
#define CUBLAS_GEMM cublasDgemm_v2
#endif
int cublasCreate_v2(void **handle);
int cublasSetStream_v2(void *handle, void *stream);
int CUBLAS_GEMM(void *handle, int trans_a, int trans_b, int m, int n, int k, const real *alpha,
                const real *a, int lda, const real *b, int ldb, const real *beta, real *c, int ldc);

KERNEL(gemm_vendor)(GLOBAL const real *restrict a, GLOBAL const real *restrict b,
                    GLOBAL real *restrict c, real alpha, real beta, index_t m, index_t n, index_t k)
{
    static void *handle;
    if (!handle && (cublasCreate_v2(&handle) != 0 || cublasSetStream_v2(handle, sb_stream) != 0)) {
        sb_failure = "cuBLAS does not start";
        return;
    }
    if (CUBLAS_GEMM(handle, NO_TRANSPOSE, NO_TRANSPOSE, (int)n, (int)m, (int)k, &alpha, b, (int)n,
                    a, (int)k, &beta, c, (int)n) != 0) {
        sb_failure = "cuBLAS refuses the product";
    }
}
