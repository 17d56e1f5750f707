// SPDX-License-Identifier: Apache-2.0
// The hash of a cell is computed in 32 bits: for far cells the product turns negative, and so does the bucket.
// launch: bin<<<4, 64>>>(bucket, 256, 61)
// array: bucket int[61] inout zero
// finds: out_of_bounds at "atomicAdd(&bucket[h], 1)" array bucket
__global__ void bin(int *bucket, int n, int buckets)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
#ifdef RIGHT
        const int h = (int)((long long)i * 73856093LL % buckets);
#else
        const int h = i * 73856093 % buckets;
#endif
        atomicAdd(&bucket[h], 1);
    }
}
