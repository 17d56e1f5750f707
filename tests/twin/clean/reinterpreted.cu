// SPDX-License-Identifier: Apache-2.0
// Global and shared memory seen as float4 through casts; registers tiles of a matrix product.
// launch: product<<<(2, 2), (8, 8)>>>(a, b, c, 64)
// array: a float[4096] in random
// array: b float[4096] in random
// array: c float[4096] out
__global__ void __launch_bounds__(64) product(const float *a, const float *b, float *c, int n)
{
    __shared__ __align__(16) float sa[8][32], sb[8][32];
    const int tx = threadIdx.x, ty = threadIdx.y, t = ty * 8 + tx;
    float acc[4][4] = {};
    for (int k0 = 0; k0 < n; k0 += 8) {
        const int row = t / 8, col = t % 8;
        reinterpret_cast<float4 *>(sb[row])[col] =
            reinterpret_cast<const float4 *>(b + (k0 + row) * n + blockIdx.x * 32)[col];
        for (int r = row; r < 32; r += 8) {
            sa[col][r] = a[(blockIdx.y * 32 + r) * n + k0 + col];
        }
        __syncthreads();
#pragma unroll
        for (int k = 0; k < 8; ++k) {
            const float4 u = *(const float4 *)&sa[k][4 * ty], v = *(const float4 *)&sb[k][4 * tx];
            const float left[4] = {u.x, u.y, u.z, u.w}, right[4] = {v.x, v.y, v.z, v.w};
            for (int i = 0; i < 4; ++i)
                for (int j = 0; j < 4; ++j) acc[i][j] = fmaf(left[i], right[j], acc[i][j]);
        }
        __syncthreads();
    }
    for (int i = 0; i < 4; ++i) {
        float4 *row = reinterpret_cast<float4 *>(c + (blockIdx.y * 32 + 4 * ty + i) * n + blockIdx.x * 32);
        row[tx] = make_float4(acc[i][0], acc[i][1], acc[i][2], acc[i][3]);
    }
}
