// SPDX-License-Identifier: Apache-2.0
// Accepted events are appended where a counter says: the list's order is that in which threads came.
// launch: select<<<8, 32>>>(energy, list, count, 256)
// array: energy int[256] in random(0, 99)
// array: list int[256] inout zero
// array: count int[1] inout zero
// finds: order array list
__global__ void select(const int *energy, int *list, int *count, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (energy[i] > 50) {
#ifdef RIGHT
        atomicAdd(count, 1);
        list[i] = i;
#else
        list[atomicAdd(count, 1)] = i;
#endif
    }
}
