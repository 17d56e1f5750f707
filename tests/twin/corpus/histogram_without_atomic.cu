// SPDX-License-Identifier: Apache-2.0
// Threads of all blocks count into one global histogram with a plain increment.
// launch: histogram<<<4, 64>>>(energy, bins, 256)
// array: energy int[256] in random(0, 15)
// array: bins int[16] inout zero
// finds: race at "bins[energy[i]] += 1" and "bins[energy[i]] += 1" array bins
__global__ void histogram(const int *energy, int *bins, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
#ifdef RIGHT
        atomicAdd(&bins[energy[i]], 1);
#else
        bins[energy[i]] += 1;
#endif
    }
}
