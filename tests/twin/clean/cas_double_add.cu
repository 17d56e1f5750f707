// SPDX-License-Identifier: Apache-2.0
// atomicAdd for doubles by compare-and-swap; whole numbers, so that every order gives the same sum.
// launch: deposit<<<4, 64>>>(cell, rho)
// array: cell int[256] in random(0, 7)
// array: rho double[8] inout zero
__device__ double add(double *address, double value)
{
    unsigned long long *bits = (unsigned long long *)address;
    unsigned long long old = *bits, assumed;
    do {
        assumed = old;
        old = atomicCAS(bits, assumed, __double_as_longlong(value + __longlong_as_double(assumed)));
    } while (assumed != old);
    return __longlong_as_double(old);
}

__global__ void deposit(const int *cell, double *rho)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    add(&rho[cell[i]], 1.0);
}
