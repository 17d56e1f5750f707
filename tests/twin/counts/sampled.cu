// SPDX-License-Identifier: Apache-2.0
// Two million threads: every second block is counted, distinct bytes in all of them.
// array: a float[2097152] in random
// array: b float[2097152] out
// launch: copy<<<8192, 256>>>(a, b)
// expect: launch = 8192 blocks, 4096 counted_blocks, 8388608 read_bytes, 8388608 write_bytes, 0 cut
// expect: "b[i] = a[i]" warp32.load = 32768 requests, 1048576 lanes, 4194304 bytes, 131072 sectors, 65536 halves, 32768 lines
// expect: total flop.fp32 = 1048576 add
__global__ void copy(const float *a, float *b)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    b[i] = a[i] + 1.0f;
}
