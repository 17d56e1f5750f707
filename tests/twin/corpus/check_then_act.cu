// SPDX-License-Identifier: Apache-2.0
// The largest residual is looked up and then stored, as if nobody came between.
// launch: largest<<<4, 32>>>(r, most)
// array: r int[128] in random(1, 999)
// array: most int[1] inout zero
// finds: race at "*most = r[i]" and "if (r[i] > *most)" array most | race at "*most = r[i]" and "*most = r[i]" array most
__global__ void largest(const int *r, int *most)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
#ifdef RIGHT
    atomicMax(most, r[i]);
#else
    if (r[i] > *most) {
        *most = r[i];
    }
#endif
}
