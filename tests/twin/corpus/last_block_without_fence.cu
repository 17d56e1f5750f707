// SPDX-License-Identifier: Apache-2.0
// The last block to arrive adds the others' partial sums, but nothing makes those visible before the counter is.
// launch: sum<<<8, 32>>>(x, partial, done, total)
// array: x int[256] in random(0, 99)
// array: partial int[8] out
// array: done uint[1] inout zero
// array: total int[1] out
// finds: fence|race at "partial[blockIdx.x] = s[0]" and "all += partial[k]" array partial
__global__ void sum(const int *x, int *partial, unsigned *done, int *total)
{
    __shared__ int s[32];
    __shared__ bool last;
    const int t = threadIdx.x;
    s[t] = x[blockIdx.x * 32 + t];
    for (int d = 16; d > 0; d /= 2) {
        __syncthreads();
        if (t < d) {
            s[t] += s[t + d];
        }
    }
    if (t == 0) {
        partial[blockIdx.x] = s[0];
#ifdef RIGHT
        __threadfence();
#endif
        last = atomicAdd(done, 1u) == gridDim.x - 1;
    }
    __syncthreads();
    if (last && t == 0) {
#ifdef RIGHT
        __threadfence();
#endif
        int all = 0;
        for (unsigned k = 0; k < gridDim.x; ++k) {
            all += partial[k];
        }
        *total = all;
    }
}
