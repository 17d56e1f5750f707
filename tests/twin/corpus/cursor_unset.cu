// SPDX-License-Identifier: Apache-2.0
// A block gathers its hits behind a shared cursor that starts with whatever was there.
// launch: hits<<<2, 64>>>(charge, count)
// array: charge int[128] in random(0, 9)
// array: count int[2] out
// finds: uninitialised at "atomicAdd(&cursor, 1)" array cursor
__global__ void hits(const int *charge, int *count)
{
    __shared__ int cursor;
#ifdef RIGHT
    if (threadIdx.x == 0) {
        cursor = 0;
    }
#endif
    __syncthreads();
    if (charge[blockIdx.x * 64 + threadIdx.x] > 5) {
        atomicAdd(&cursor, 1);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        count[blockIdx.x] = cursor;
    }
}
