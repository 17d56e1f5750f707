// SPDX-License-Identifier: Apache-2.0
// float4: 16 bytes a lane; a structure of three floats, which is copied four bytes at a time.
// array: a float[512] in random
// array: b float[256] out
// array: c float[192] out
// launch: copy<<<1, 64>>>(a, b, c)
// expect: "((float4 *)b)[i]" warp32.load = 2 requests, 64 lanes, 1024 bytes, 32 sectors, 16 halves, 8 lines
// expect: "((float4 *)b)[i]" warp32.store = 2 requests, 64 lanes, 1024 bytes, 32 sectors, 16 halves, 8 lines
// expect: "((struct three *)c)" warp32.load = 6 requests, 192 lanes, 768 bytes, 72 sectors, 36 halves, 18 lines
// expect: launch = 1024 read_bytes, 1792 write_bytes
struct three {
    float x, y, z;
};
__global__ void copy(const float *a, float *b, float *c)
{
    const int i = threadIdx.x;
    ((float4 *)b)[i] = ((const float4 *)a)[i];
    ((struct three *)c)[i] = ((const struct three *)a)[i];
}
