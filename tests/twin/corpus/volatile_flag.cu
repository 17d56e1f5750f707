// SPDX-License-Identifier: Apache-2.0
// A volatile flag instead of a barrier: it says nothing about the data that go with it.
// launch: broadcast<<<2, 64>>>(x, y)
// array: x double[2] in random
// array: y double[128] out
// finds: race|fence at "pivot = x[blockIdx.x]" and "y[i] = pivot" array pivot
__global__ void broadcast(const double *x, double *y)
{
    __shared__ double pivot;
    __shared__ volatile int ready;
    const int i = blockIdx.x * 64 + threadIdx.x;
    if (threadIdx.x == 0) {
        ready = 0;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        pivot = x[blockIdx.x];
        ready = 1;
    }
#ifdef RIGHT
    __syncthreads();
#else
    while (!ready) {
    }
#endif
    y[i] = pivot;
}
