// SPDX-License-Identifier: Apache-2.0
// 1024 neighbouring floats: a warp touches one line, four sectors, for each load and store.
// array: a float[1024] in random
// array: b float[1024] out
// launch: copy<<<4, 256>>>(a, b)
// expect: "= a[i]" warp32.load = 32 requests, 1024 lanes, 4096 bytes, 128 sectors, 64 halves, 32 lines
// expect: "= a[i]" warp32.store = 32 requests, 1024 lanes, 4096 bytes, 128 sectors, 64 halves, 32 lines
// expect: "= a[i]" warp64.load = 16 requests, 1024 lanes, 4096 bytes, 128 sectors, 64 halves, 32 lines
// expect: total flop.fp32 = 1024 mul
// expect: total flop.fp64 =
// expect: launch = 4096 read_bytes, 4096 write_bytes, 4 blocks, 4 counted_blocks, 1 launches
__global__ void copy(const float *a, float *b)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    b[i] = a[i] * 3.0f;
}
