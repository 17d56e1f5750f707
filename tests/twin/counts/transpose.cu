// SPDX-License-Identifier: Apache-2.0
// A 32 × 32 tile read by columns: 32 lanes in one bank, and with a padded row each in a bank of its own. Planted.
// array: a float[1024] in random
// array: b float[1024] out
// array: c float[1024] out
// launch: transpose<<<1, (32, 8)>>>(a, b, c)
// expect: "tile[y][x] = a" warp32.shared_store = 32 requests, 1024 lanes, 4096 bytes, 32 wavefronts, 32 phases
// expect: "= tile[x][y]" warp32.shared_load = 32 requests, 1024 lanes, 4096 bytes, 1024 wavefronts, 32 phases
// expect: "= padded[x][y]" warp32.shared_load = 32 requests, 1024 lanes, 4096 bytes, 32 wavefronts, 32 phases
// expect: "= tile[x][y]" warp64.shared_load = 16 requests, 1024 lanes, 4096 bytes, 1024 wavefronts, 32 phases
// expect: "= tile[x][y]" warp32.store = 32 requests, 1024 lanes, 4096 bytes, 128 sectors, 64 halves, 32 lines
// expect: launch = 4096 read_bytes, 8192 write_bytes
__global__ void transpose(const float *a, float *b, float *c)
{
    __shared__ float tile[32][32];
    __shared__ float padded[32][33];
    const int x = threadIdx.x;
    for (int y = threadIdx.y; y < 32; y += 8) {
        tile[y][x] = a[y * 32 + x];
        padded[y][x] = a[y * 32 + x];
    }
    __syncthreads();
    for (int y = threadIdx.y; y < 32; y += 8) {
        b[y * 32 + x] = tile[x][y];
        c[y * 32 + x] = padded[x][y];
    }
}
