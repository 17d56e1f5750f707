// SPDX-License-Identifier: Apache-2.0
// The long direction of a mesh is put into gridDim.y, which ends at 65535.
#ifdef RIGHT
// launch: mark<<<(66000, 1), 1>>>(x)
#else
// launch: mark<<<(1, 66000), 1>>>(x)
#endif
// array: x uchar[66000] out
// finds: launch
__global__ void mark(unsigned char *x)
{
#ifdef RIGHT
    x[blockIdx.x] = 1;
#else
    x[blockIdx.y] = 1;
#endif
}
