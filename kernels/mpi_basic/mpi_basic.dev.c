/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent is made on the device, and what was received is used there: whole numbers below 1024, exact in any sum. */
#include "portable.h"

KERNEL(mpi_make)(GLOBAL const uint32_t *restrict seeds, GLOBAL real *restrict out, uint32_t rank,
                 index_t n)
{
    FOR_EACH_1D (i, n) {
        uint32_t x = seeds[i] + rank * 2654435761u;
        x ^= x >> 15;
        x = x * 2246822519u + 374761393u;
        x ^= x >> 13;
        out[i] = (real)(x & 1023u);
    }
}

KERNEL(mpi_use)(GLOBAL const real *restrict out, GLOBAL const real *restrict back,
                GLOBAL real *restrict used, index_t n)
{
    FOR_EACH_1D (i, n) {
        used[i] = REAL(2.0) * back[i] + out[i];
    }
}
