// SPDX-License-Identifier: Apache-2.0
// Records of three values are copied as bytes; the size is that of four, and each copy ends in the next thread's record.
// launch: gather<<<2, 32>>>(from, to, 64)
// array: from float[256] in random
// array: to float[256] inout
// finds: race at "memcpy(to" and "memcpy(to" array to
#include <cstring>
#ifdef RIGHT
#define VALUES 3
#else
#define VALUES 4
#endif
__global__ void gather(const float *from, float *to, const int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    std::memcpy(to + 3 * i, from + 3 * (n - 1 - i), VALUES * sizeof(float));
}
