// SPDX-License-Identifier: Apache-2.0
// Threads write neighbouring bytes and 16-bit words; blocks meet within one word.
// launch: mark<<<7, 13>>>(depth, wet, level)
// array: depth float[91] in random
// array: wet uchar[91] out
// array: level ushort[91] out
__global__ void mark(const float *depth, unsigned char *wet, unsigned short *level)
{
    __shared__ unsigned char s[13];
    const int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    s[t] = depth[i] > 0.5f;
    __syncthreads();
    wet[i] = s[12 - t];
    level[i] = (unsigned short)(1000.0f * depth[i]);
}
