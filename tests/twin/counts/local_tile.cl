// SPDX-License-Identifier: Apache-2.0
// OpenCL C: a tile in local memory, read by columns with and without a padded row.
// launch: transpose<<<1, (32, 8)>>>(a, b, c)
// array: a float[1024] in random
// array: b float[1024] out
// array: c float[1024] out
// expect: "tile[y][x] = a" warp32.shared_store = 32 requests, 1024 lanes, 4096 bytes, 32 wavefronts, 32 phases
// expect: "= tile[x][y]" warp32.shared_load = 32 requests, 1024 lanes, 4096 bytes, 1024 wavefronts, 32 phases
// expect: "= padded[x][y]" warp32.shared_load = 32 requests, 1024 lanes, 4096 bytes, 32 wavefronts, 32 phases
// expect: launch = 4096 read_bytes, 8192 write_bytes
__kernel void transpose(__global const float *a, __global float *b, __global float *c)
{
    __local float tile[32][32];
    __local float padded[32][33];
    const int x = get_local_id(0);
    for (int y = get_local_id(1); y < 32; y += 8) {
        tile[y][x] = a[y * 32 + x];
        padded[y][x] = a[y * 32 + x];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int y = get_local_id(1); y < 32; y += 8) {
        b[y * 32 + x] = tile[x][y];
        c[y * 32 + x] = padded[x][y];
    }
}
