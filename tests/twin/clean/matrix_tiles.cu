// SPDX-License-Identifier: Apache-2.0
// The classic tiled matrix product with guards at ragged edges, and a struct passed by a device function.
// launch: gemm<16><<<(3, 3), (16, 16)>>>(a, b, c, 40)
// array: a double[1600] in random
// array: b double[1600] in random
// array: c double[1600] out
struct view {
    const double *data;
    int n;
    __device__ double at(int i, int j) const { return i < n && j < n ? data[i * n + j] : 0.0; }
};

template <int T> __global__ void gemm(const double *a, const double *b, double *c, int n)
{
    __shared__ double sa[T][T];
    __shared__ double sb[T][T];
    const view va = {a, n}, vb = {b, n};
    const int x = threadIdx.x, y = threadIdx.y, i = blockIdx.y * T + y, j = blockIdx.x * T + x;
    double sum = 0.0;
    for (int k0 = 0; k0 < n; k0 += T) {
        sa[y][x] = va.at(i, k0 + x);
        sb[y][x] = vb.at(k0 + y, j);
        __syncthreads();
        for (int k = 0; k < T; ++k) {
            sum += sa[y][k] * sb[k][x];
        }
        __syncthreads();
    }
    if (i < n && j < n) {
        c[i * n + j] = sum;
    }
}
