// SPDX-License-Identifier: Apache-2.0
// Before the flag is raised behind the barrier, each thread that wrote must fence, not the first alone.
// launch: hand_over<<<4, 32>>>(u, v, raised)
// array: u double[128] in random
// array: v double[128] inout
// array: raised uint[1] inout zero
// finds: race at "v[t] = " and "v[i] = v[t]" array v
__global__ void hand_over(const double *u, double *v, volatile unsigned *raised)
{
    const int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    if (blockIdx.x == 0) {
        v[t] = 2.0 * u[t];
#ifndef RIGHT
        if (t == 0)
#endif
            __threadfence();
        __syncthreads();
        if (t == 0) {
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
