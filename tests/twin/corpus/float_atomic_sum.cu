// SPDX-License-Identifier: Apache-2.0
// Energies are added with floating-point atomics: the order of the additions, hence the last bits, differ each time.
// launch: energy<<<16, 64>>>(e, total, fixed)
// array: e float[1024] in random
// array: total float[1] inout zero
// array: fixed ulonglong[1] inout zero
// finds: order array total
__global__ void energy(const float *e, float *total, unsigned long long *fixed)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
#ifdef RIGHT
    atomicAdd(fixed, (unsigned long long)((double)e[i] * 1099511627776.0));
#else
    atomicAdd(total, e[i]);
#endif
}
