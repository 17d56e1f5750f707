// SPDX-License-Identifier: Apache-2.0
// The last block to arrive adds the partial sums of all (the pattern of CUDA's threadFenceReduction sample).
// launch: sum<<<8, 64>>>(x, partial, total, 1000)
// launch: sum<<<8, 64>>>(x, partial, total, 1000)
// array: x int[1000] in random(0, 99)
// array: partial int[8] out
// array: total int[1] out
__device__ unsigned int arrived = 0;

__device__ int block_sum(int v)
{
    __shared__ int s[64];
    const int t = threadIdx.x;
    s[t] = v;
    for (int d = 32; d > 0; d /= 2) {
        __syncthreads();
        if (t < d) {
            s[t] += s[t + d];
        }
    }
    __syncthreads();
    const int all = s[0];
    __syncthreads();
    return all;
}

__global__ void sum(const int *x, volatile int *partial, int *total, int n)
{
    __shared__ bool last;
    int v = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        v += x[i];
    }
    v = block_sum(v);
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = v;
        __threadfence();
        last = atomicInc(&arrived, gridDim.x) == gridDim.x - 1;
    }
    __syncthreads();
    if (last) {
        v = block_sum(threadIdx.x < gridDim.x ? partial[threadIdx.x] : 0);
        if (threadIdx.x == 0) {
            *total = v;
            arrived = 0;
        }
    }
}
