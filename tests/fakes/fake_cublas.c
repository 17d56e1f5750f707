/* SPDX-License-Identifier: Apache-2.0 */
/* The part of cuBLAS that gemm.vendor.cuda.c calls, column-major as the real one, on the fake driver's memory. */
void *cublasLtFakeHandle(void);

int cublasCreate_v2(void **handle);
int cublasCreate_v2(void **handle)
{
    *handle = cublasLtFakeHandle();
    return 0;
}

int cublasSetStream_v2(void *handle, void *stream);
int cublasSetStream_v2(void *handle, void *stream)
{
    return handle == cublasLtFakeHandle() && stream ? 0 : 1;
}

#define GEMM(name, real)                                                                           \
    int name(void *handle, int trans_a, int trans_b, int m, int n, int k, const real *alpha,       \
             const real *a, int lda, const real *b, int ldb, const real *beta, real *c, int ldc);  \
    int name(void *handle, int trans_a, int trans_b, int m, int n, int k, const real *alpha,       \
             const real *a, int lda, const real *b, int ldb, const real *beta, real *c, int ldc)   \
    {                                                                                              \
        if (handle != cublasLtFakeHandle() || trans_a || trans_b || lda < m || ldb < k ||          \
            ldc < m) {                                                                             \
            return 7;                                                                              \
        }                                                                                          \
        for (int j = 0; j < n; ++j) {                                                              \
            for (int i = 0; i < m; ++i) {                                                          \
                real sum = 0;                                                                      \
                for (int p = 0; p < k; ++p) {                                                      \
                    sum += a[i + (long)p * lda] * b[p + (long)j * ldb];                            \
                }                                                                                  \
                c[i + (long)j * ldc] = *alpha * sum + *beta * c[i + (long)j * ldc];                \
            }                                                                                      \
        }                                                                                          \
        return 0;                                                                                  \
    }
GEMM(cublasDgemm_v2, double)
GEMM(cublasSgemm_v2, float)
