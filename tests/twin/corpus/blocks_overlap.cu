// SPDX-License-Identifier: Apache-2.0
// Each block writes one element too many: the first element of the next block's part.
// launch: scale<<<4, 32>>>(u, v, 128)
// array: u double[128] in random
// array: v double[128] out
// finds: race at "v[k] = " and "v[k] = " array v
__global__ void scale(const double *u, double *v, int n)
{
    const int begin = blockIdx.x * blockDim.x, end = begin + blockDim.x;
#ifdef RIGHT
    for (int k = begin + threadIdx.x; k < end; k += blockDim.x) {
#else
    for (int k = begin + threadIdx.x; k <= end && k < n; k += blockDim.x) {
#endif
        v[k] = 2.0 * u[k] + blockIdx.x;
    }
}
