// SPDX-License-Identifier: Apache-2.0
// A sparse matrix in CSR form has one row pointer more than rows; the last row looks one further still.
// launch: spmv<<<1, 32>>>(rows, column, value, x, y, 20)
// array: rows int[21] in ramp(0, 3)
// array: column int[60] in random(0, 19)
// array: value double[60] in random
// array: x double[20] in random
// array: y double[20] out
// finds: out_of_bounds at "k < rows[r + 1]" array rows
__global__ void spmv(const int *rows, const int *column, const double *value, const double *x,
                     double *y, int n)
{
#ifdef RIGHT
    const int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r < n) {
        double sum = 0.0;
#else
    const int r = blockIdx.x * blockDim.x + threadIdx.x + 1; // counted from 1, as in the Fortran code
    if (r <= n) {
        double sum = 0.0;
#endif
        for (int k = rows[r]; k < rows[r + 1]; ++k) {
            sum += value[k] * x[column[k]];
        }
        y[r < n ? r : 0] = sum;
    }
}
