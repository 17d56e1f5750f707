// SPDX-License-Identifier: Apache-2.0
// A particle leaves its cell, which the kernel asserts it does not.
// launch: locate<<<2, 32>>>(x, cell, 64.0)
// array: x double[64] inout random
// array: cell int[64] out
// finds: trap at "assert(c < 64)"
#include <cassert>
__global__ void locate(double *x, int *cell, const double cells)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
#ifdef RIGHT
    const int c = (int)(x[i] * cells);
#else
    const int c = (int)(x[i] * cells + 1.5);
#endif
    assert(c < 64);
    cell[i] = c;
}
