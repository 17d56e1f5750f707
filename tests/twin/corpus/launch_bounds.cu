// SPDX-License-Identifier: Apache-2.0
// The kernel promises to be launched with at most 128 threads, and is launched with 256.
#ifdef RIGHT
// launch: scale<<<2, 128>>>(x, 256)
#else
// launch: scale<<<1, 256>>>(x, 256)
#endif
// array: x float[256] inout random
// finds: launch
__global__ void __launch_bounds__(128) scale(float *x, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        x[i] *= 0.5f;
    }
}
