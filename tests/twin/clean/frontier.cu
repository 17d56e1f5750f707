// SPDX-License-Identifier: Apache-2.0
// Breadth-first levels: atomicMin on levels, a flag that says whether anything changed.
// launch: relax<<<2, 32>>>(rows, column, level, changed, 64)
// launch: relax<<<2, 32>>>(rows, column, level, changed, 64)
// launch: relax<<<2, 32>>>(rows, column, level, changed, 64)
// array: rows int[65] in ramp(0, 2)
// array: column int[128] in random(0, 63)
// array: level int[64] inout ramp(0, 100)
// array: changed int[1] inout zero
__global__ void relax(const int *rows, const int *column, int *level, int *changed, int n)
{
    const int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= n) return;
    const int mine = atomicAdd(&level[v], 0);
    for (int k = rows[v]; k < rows[v + 1]; ++k) {
        if (mine < 0 && atomicMin(&level[column[k]], mine + 1) > mine + 1) {
            atomicExch(changed, 1);
        }
    }
}
