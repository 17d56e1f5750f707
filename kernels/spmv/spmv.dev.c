/* SPDX-License-Identifier: Apache-2.0 */
/* y = A x, A in compressed sparse rows. Two mappings with the same bits: element k of a row goes to partial sum k mod 4,
 * and the four are added as (0 + 1) + (2 + 3). Four sums hide the latency of FMA on a CPU; on a GPU four threads that
 * read neighbouring elements use whole 32-byte sectors. */
#include "portable.h"

#define PARTS 4

/* A row per iteration: for processors with caches and few threads. */
KERNEL(spmv_rows)
(GLOBAL const int32_t *restrict row_start, GLOBAL const int32_t *restrict column,
 GLOBAL const real *restrict value, GLOBAL const real *restrict x, GLOBAL real *restrict y,
 index_t n)
{
    FOR_EACH_1D (row, n) {
        const int32_t end = row_start[row + 1];
        int32_t k = row_start[row];
        real sum0 = REAL(0), sum1 = REAL(0), sum2 = REAL(0), sum3 = REAL(0);
        for (; k + (PARTS - 1) < end; k += PARTS) {
            sum0 = FMA(value[k], x[column[k]], sum0);
            sum1 = FMA(value[k + 1], x[column[k + 1]], sum1);
            sum2 = FMA(value[k + 2], x[column[k + 2]], sum2);
            sum3 = FMA(value[k + 3], x[column[k + 3]], sum3);
        }
        if (k < end) {
            sum0 = FMA(value[k], x[column[k]], sum0);
        }
        if (k + 1 < end) {
            sum1 = FMA(value[k + 1], x[column[k + 1]], sum1);
        }
        if (k + 2 < end) {
            sum2 = FMA(value[k + 2], x[column[k + 2]], sum2);
        }
        y[row] = (sum0 + sum1) + (sum2 + sum3);
    }
}

/* Four threads per row, ROWS rows per block: for processors that need neighbouring threads on neighbouring data. */
KERNEL_BLOCKS(spmv_teams, PARTS, ROWS, 1)
(GLOBAL const int32_t *restrict row_start, GLOBAL const int32_t *restrict column,
 GLOBAL const real *restrict value, GLOBAL const real *restrict x, GLOBAL real *restrict y,
 index_t n)
{
    SHARED(real, sum, PARTS * ROWS);
    const index_t first_row = BLOCK_X * ROWS;
    const int32_t rows = (int32_t)MIN((index_t)ROWS, n - first_row);

    THREADS_2D_TO (part, r, PARTS, ROWS, PARTS, rows) {
        const int32_t end = row_start[first_row + r + 1];
        real mine = REAL(0);
        for (int32_t k = row_start[first_row + r] + part; k < end; k += PARTS) {
            mine = FMA(value[k], x[column[k]], mine);
        }
        sum[r * PARTS + part] = mine;
    }
    THREADS_2D_TO (part, r, PARTS, ROWS, 1, rows) {
        const int32_t s = r * PARTS + part;
        y[first_row + r] = (sum[s] + sum[s + 1]) + (sum[s + 2] + sum[s + 3]);
    }
}
