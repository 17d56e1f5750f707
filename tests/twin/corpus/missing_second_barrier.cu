// SPDX-License-Identifier: Apache-2.0
// A tiled matrix product loads the next tile while slower threads still read the last one.
// launch: gemm<8><<<(4, 4), (8, 8)>>>(a, b, c, 32)
// array: a double[1024] in random
// array: b double[1024] in random
// array: c double[1024] out
// finds: race at "sa[y][x] = " and "sum += " | race at "sb[y][x] = " and "sum += "
template <int T> __global__ void gemm(const double *a, const double *b, double *c, int n)
{
    __shared__ double sa[T][T], sb[T][T];
    const int x = threadIdx.x, y = threadIdx.y;
    const int i = blockIdx.y * T + y, j = blockIdx.x * T + x;
    double sum = 0.0;
    for (int k0 = 0; k0 < n; k0 += T) {
        sa[y][x] = a[i * n + k0 + x];
        sb[y][x] = b[(k0 + y) * n + j];
        __syncthreads();
        for (int k = 0; k < T; ++k) {
            sum += sa[y][k] * sb[k][x];
        }
#ifdef RIGHT
        __syncthreads();
#endif
    }
    c[i * n + j] = sum;
}
