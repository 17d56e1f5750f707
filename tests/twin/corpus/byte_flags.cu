// SPDX-License-Identifier: Apache-2.0
// One byte per cell says whether it is wet; four flags are updated at a time through an int.
// launch: flood<<<2, 64>>>(depth, wet)
// array: depth float[128] in random
// array: wet uchar[128] inout zero
// finds: race at "((unsigned *)wet)[i / 4] |=" and "((unsigned *)wet)[i / 4] |=" array wet
__global__ void flood(const float *depth, unsigned char *wet)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (depth[i] > 0.3f) {
#ifdef RIGHT
        wet[i] = 1;
#else
        ((unsigned *)wet)[i / 4] |= 1u << 8 * (i % 4);
#endif
    }
}
