// SPDX-License-Identifier: Apache-2.0
// Two sweeps in one launch with __syncthreads() between them: it orders a block, not the grid.
#ifdef RIGHT
// launch: sweep<<<4, 32>>>(u, v, 128)
// launch: sweep<<<4, 32>>>(v, u, 128)
#else
// launch: two_sweeps<<<4, 32>>>(u, v, 128)
#endif
// array: u double[128] inout random
// array: v double[128] inout zero
// finds: race at "step(v, u, i, n)" and "to[i] = 0.5 * " | race at "to[i] = 0.5 * " and "to[i] = 0.5 * "
__device__ void step(double *to, const double *from, int i, int n)
{
    const int left = i > 0 ? i - 1 : n - 1, right = i < n - 1 ? i + 1 : 0;
    to[i] = 0.5 * (from[left] + from[right]);
}

__global__ void sweep(const double *u, double *v, int n)
{
    step(v, u, blockIdx.x * blockDim.x + threadIdx.x, n);
}

__global__ void two_sweeps(double *u, double *v, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    step(v, u, i, n);
    __syncthreads();
    step(u, v, i, n);
}
