// SPDX-License-Identifier: Apache-2.0
// A smoothing step in place: a thread reads neighbours that other threads are writing.
// launch: smooth<<<4, 32>>>(u, v, 128)
// array: u double[128] inout random
// array: v double[128] inout zero
// finds: race at "u[i] = 0.5 * (u[i - 1] + u[i + 1])" and "u[i] = 0.5 * (u[i - 1] + u[i + 1])" array u
__global__ void smooth(double *u, double *v, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i > 0 && i < n - 1) {
#ifdef RIGHT
        v[i] = 0.5 * (u[i - 1] + u[i + 1]);
#else
        u[i] = 0.5 * (u[i - 1] + u[i + 1]);
#endif
    }
}
