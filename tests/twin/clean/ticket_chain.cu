// SPDX-License-Identifier: Apache-2.0
// A single-pass scan: blocks take tickets in the order in which they start, and wait for the one before them.
// launch: scan<<<12, 64>>>(x, y, ticket, prefix, ready)
// array: x int[768] in random(0, 9)
// array: y int[768] out
// array: ticket int[1] inout zero
// array: prefix int[12] out
// array: ready int[12] inout zero
__global__ void scan(const int *x, int *y, int *ticket, int *prefix, volatile int *ready)
{
    __shared__ int s[64], part, before;
    const int t = threadIdx.x;
    if (t == 0) {
        part = atomicAdd(ticket, 1);
    }
    __syncthreads();
    s[t] = x[part * 64 + t];
    for (int d = 1; d < 64; d *= 2) {
        __syncthreads();
        const int add = t >= d ? s[t - d] : 0;
        __syncthreads();
        s[t] += add;
    }
    __syncthreads();
    if (t == 0) {
        before = 0;
        if (part > 0) {
            while (ready[part - 1] == 0) {
            }
            __threadfence();
            before = prefix[part - 1];
        }
        prefix[part] = before + s[63];
        __threadfence();
        ready[part] = 1;
    }
    __syncthreads();
    y[part * 64 + t] = before + s[t];
}
