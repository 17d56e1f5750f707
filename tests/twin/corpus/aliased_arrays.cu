// SPDX-License-Identifier: Apache-2.0
// The kernel is right for two arrays; the caller passes the same one as input and output.
#ifdef RIGHT
// launch: blur<<<4, 32>>>(a, b, 128)
#else
// launch: blur<<<4, 32>>>(a, a, 128)
#endif
// array: a float[128] inout random
// array: b float[128] inout zero
// finds: race at "to[i] = " and "to[i] = " array a
__global__ void blur(const float *from, float *to, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i > 0 && i < n - 1) {
        to[i] = (from[i - 1] + from[i] + from[i + 1]) / 3.0f;
    }
}
