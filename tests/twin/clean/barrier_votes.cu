// SPDX-License-Identifier: Apache-2.0
// __syncthreads_or, _and and _count end an iteration when no thread of the block changes anything.
// launch: settle<<<2, 64>>>(x, turns)
// array: x int[128] inout random(0, 9)
// array: turns int[2] out
__global__ void settle(int *x, int *turns)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    int mine = x[i], n = 0;
    while (__syncthreads_or(mine > 0)) {
        mine -= mine > 0;
        ++n;
    }
    const int zeros = __syncthreads_count(mine == 0);
    if (__syncthreads_and(mine == 0) && threadIdx.x == 0) {
        turns[blockIdx.x] = n + zeros;
    }
    x[i] = mine;
}
