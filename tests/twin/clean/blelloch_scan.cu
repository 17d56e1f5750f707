// SPDX-License-Identifier: Apache-2.0
// Blelloch's work-efficient exclusive scan of a block in dynamic shared memory.
// launch: scan<<<2, 32, 64 * 4>>>(x, y, 64)
// array: x int[128] in random(0, 9)
// array: y int[128] out
__global__ void scan(const int *x, int *y, int n)
{
    extern __shared__ int temp[];
    const int t = threadIdx.x, base = blockIdx.x * n;
    int offset = 1;
    temp[2 * t] = x[base + 2 * t];
    temp[2 * t + 1] = x[base + 2 * t + 1];
    for (int d = n >> 1; d > 0; d >>= 1) {
        __syncthreads();
        if (t < d) {
            temp[offset * (2 * t + 2) - 1] += temp[offset * (2 * t + 1) - 1];
        }
        offset *= 2;
    }
    if (t == 0) {
        temp[n - 1] = 0;
    }
    for (int d = 1; d < n; d *= 2) {
        offset >>= 1;
        __syncthreads();
        if (t < d) {
            const int a = offset * (2 * t + 1) - 1, b = offset * (2 * t + 2) - 1;
            const int left = temp[a];
            temp[a] = temp[b];
            temp[b] += left;
        }
    }
    __syncthreads();
    y[base + 2 * t] = temp[2 * t];
    y[base + 2 * t + 1] = temp[2 * t + 1];
}
