// SPDX-License-Identifier: Apache-2.0
// Four million threads: one of every two blocks is counted, distinct bytes in all of them.
// array: a float[4194304] in random
// array: b float[4194304] out
// launch: copy<<<16384, 256>>>(a, b)
// expect: launch = 16384 blocks, 8192 counted_blocks, 16777216 read_bytes, 16777216 write_bytes, 0 cut
// expect: "b[i] = a[i]" warp32.load = 65536 requests, 2097152 lanes, 8388608 bytes, 262144 sectors, 131072 halves, 65536 lines
// expect: total flop.fp32 = 2097152 add
__global__ void copy(const float *a, float *b)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    b[i] = a[i] + 1.0f;
}
