// SPDX-License-Identifier: Apache-2.0
// Three fields of a structure of arrays, addressed with the padded stride of another container.
// launch: push<<<2, 32>>>(p, 60, 64)
// array: p double[180] inout random
// finds: out_of_bounds at "p[2 * stride + i] += " array p
__global__ void push(double *p, int n, int padded)
{
#ifdef RIGHT
    const int stride = n;
#else
    const int stride = padded;
#endif
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        const double v = p[stride + i];
        p[i] += 0.01 * v;
        p[2 * stride + i] += 0.5 * v * v;
    }
}
