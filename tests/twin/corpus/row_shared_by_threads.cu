// SPDX-License-Identifier: Apache-2.0
// Two threads work on each row of a matrix-vector product and add to the same element of y.
// launch: matvec<<<2, (2, 16)>>>(a, x, y, 32)
// array: a int[1024] in random(0, 9)
// array: x int[32] in random(0, 9)
// array: y int[32] inout zero
// finds: race at "y[row] += sum" and "y[row] += sum" array y
__global__ void matvec(const int *a, const int *x, int *y, int n)
{
    const int row = blockIdx.x * blockDim.y + threadIdx.y;
    int sum = 0;
    for (int k = threadIdx.x; k < n; k += 2) {
        sum += a[row * n + k] * x[k];
    }
#ifdef RIGHT
    atomicAdd(&y[row], sum);
#else
    y[row] += sum;
#endif
}
