// SPDX-License-Identifier: Apache-2.0
// Bitonic sort of a block's keys in shared memory.
// launch: sort<<<2, 64>>>(key, 128)
// array: key int[256] inout random(0, 9999)
__device__ inline void exchange(int &a, int &b, bool up)
{
    if ((a > b) == up) {
        const int old = a;
        a = b;
        b = old;
    }
}

__global__ void sort(int *key, int n)
{
    __shared__ int s[128];
    const int t = threadIdx.x;
    int *mine = key + blockIdx.x * n;
    s[t] = mine[t];
    s[t + n / 2] = mine[t + n / 2];
    for (int size = 2; size < n; size <<= 1) {
        const bool up = (t & (size / 2)) == 0;
        for (int stride = size / 2; stride > 0; stride >>= 1) {
            __syncthreads();
            const int at = 2 * t - (t & (stride - 1));
            exchange(s[at], s[at + stride], up);
        }
    }
    for (int stride = n / 2; stride > 0; stride >>= 1) {
        __syncthreads();
        const int at = 2 * t - (t & (stride - 1));
        exchange(s[at], s[at + stride], true);
    }
    __syncthreads();
    mine[t] = s[t];
    mine[t + n / 2] = s[t + n / 2];
}
