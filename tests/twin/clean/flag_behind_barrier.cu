// SPDX-License-Identifier: Apache-2.0
// A volatile flag hands one block's results to all others, whichever of them waits first.
// launch: hand_over<<<4, 32>>>(u, v, raised)
// array: u double[128] in random
// array: v double[128] inout
// array: raised uint[1] inout zero
__global__ void hand_over(const double *u, double *v, volatile unsigned *raised)
{
    const int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    if (blockIdx.x == 0) {
        v[t] = 2.0 * u[t];
        __syncthreads();
        if (t == 0) {
            __threadfence();
            *raised = 1;
        }
    } else {
        if (t == 0) {
            while (*raised == 0) {
            }
            __threadfence();
        }
        __syncthreads();
        v[i] = v[t] + u[i];
    }
}
