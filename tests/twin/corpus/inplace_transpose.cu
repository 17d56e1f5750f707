// SPDX-License-Identifier: Apache-2.0
// A transpose in place where every element, not only those above the diagonal, is exchanged.
// launch: transpose<<<(2, 2), (8, 8)>>>(a, 16)
// array: a float[256] inout random
// finds: race at "a[j * n + i] = a[i * n + j]" and "a[i * n + j] = old" array a | race at "a[j * n + i] = a[i * n + j]" and "const float old = a[j * n + i]" array a
__global__ void transpose(float *a, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
#ifdef RIGHT
    if (i < j)
#endif
    {
        const float old = a[j * n + i];
        a[j * n + i] = a[i * n + j];
        a[i * n + j] = old;
    }
}
