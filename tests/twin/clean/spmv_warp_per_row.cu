// SPDX-License-Identifier: Apache-2.0
// CSR matrix-vector product with a warp per row; doubles through shuffles.
// launch: spmv<32><<<5, 128>>>(rows, column, value, x, y, 20)
// launch: spmv<8><<<2, 128>>>(rows, column, value, x, y, 20)
// array: rows int[21] in ramp(0, 12)
// array: column int[240] in random(0, 19)
// array: value double[240] in random
// array: x double[20] in random
// array: y double[20] out
template <int LANES>
__global__ void spmv(const int *__restrict__ rows, const int *__restrict__ column, const double *__restrict__ value,
                     const double *__restrict__ x, double *__restrict__ y, int n)
{
    const int row = (blockIdx.x * blockDim.x + threadIdx.x) / LANES, lane = threadIdx.x % LANES;
    double sum = 0;
    if (row < n) {
        for (int k = rows[row] + lane; k < rows[row + 1]; k += LANES) {
            sum += value[k] * __ldg(&x[column[k]]);
        }
    }
    for (int d = LANES / 2; d > 0; d /= 2) {
        sum += __shfl_xor_sync(0xffffffff, sum, d, LANES);
    }
    if (row < n && lane == 0) {
        y[row] = sum;
    }
}
