// SPDX-License-Identifier: Apache-2.0
// A particle outside of the mesh stops the kernel: the last cell is taken for outside, too.
// launch: deposit<<<1, 32>>>(cell, rho, 8)
// array: cell int[32] in random(0, 7)
// array: rho int[8] inout zero
// finds: trap at "__trap()"
__global__ void deposit(const int *cell, int *rho, int cells)
{
    const int c = cell[threadIdx.x];
#ifdef RIGHT
    if (c < 0 || c >= cells) {
#else
    if (c < 0 || c >= cells - 1) {
#endif
        __trap();
    }
    atomicAdd(&rho[c], 1);
}
