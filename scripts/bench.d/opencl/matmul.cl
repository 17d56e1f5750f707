// SPDX-License-Identifier: Apache-2.0
// A tiled matrix product, n = 256, tiles of 16 × 16.
// launch: matmul<<<(16, 16), (16, 16)>>>(a, b, c, 256)
// array: a float[256][256] in random
// array: b float[256][256] in random
// array: c float[256][256] out
__kernel void matmul(__global const float *a, __global const float *b, __global float *c, int n)
{
    __local float sa[16][16], sb[16][16];
    const int x = get_local_id(0), y = get_local_id(1);
    const int row = get_group_id(1) * 16 + y, column = get_group_id(0) * 16 + x;
    float sum = 0.0f;
    for (int k = 0; k < n; k += 16) {
        sa[y][x] = a[row * n + k + x];
        sb[y][x] = b[(k + y) * n + column];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int i = 0; i < 16; ++i) {
            sum += sa[y][i] * sb[i][x];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    c[row * n + column] = sum;
}
