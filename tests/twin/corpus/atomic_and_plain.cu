// SPDX-License-Identifier: Apache-2.0
// A particle list is appended to atomically, but its length is read plainly while others still append.
// launch: emit<<<4, 32>>>(energy, list, count, full, 128)
// array: energy int[128] in random(0, 9)
// array: list int[128] inout zero
// array: count int[1] inout zero
// array: full int[1] inout zero
// finds: race at "if (*count >= n)" and "atomicAdd(count, 1)" array count
__global__ void emit(const int *energy, int *list, int *count, int *full, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
#ifndef RIGHT
    if (*count >= n) {
        *full = 1;
    }
#endif
    if (energy[i] > 4) {
        const int at = atomicAdd(count, 1);
        if (at >= n) {
            atomicExch(full, 1);
        } else {
            atomicAdd(&list[energy[i]], 1);
        }
    }
}
