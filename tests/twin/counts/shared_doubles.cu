// SPDX-License-Identifier: Apache-2.0
// Doubles in shared memory: two wavefronts for a row, four at stride two, 32 for a column, one for a broadcast.
// array: b double[64] out
// launch: walk<<<1, 32>>>(b)
// expect: "row[x] = x" warp32.shared_store = 1 requests, 32 lanes, 256 bytes, 2 wavefronts, 2 phases
// expect: "+ row[2 * x]" warp32.shared_load = 1 requests, 32 lanes, 256 bytes, 4 wavefronts, 2 phases
// expect: "+ row[16 * x]" warp32.shared_load = 1 requests, 32 lanes, 256 bytes, 32 wavefronts, 2 phases
// expect: "+ row[5]" warp32.shared_load = 1 requests, 32 lanes, 256 bytes, 1 wavefronts, 1 phases
__global__ void walk(double *b)
{
    __shared__ double row[512];
    const int x = threadIdx.x;
    for (int k = 32; k < 512; k += 32) {
        row[k + x] = 0;
    }
    row[x] = x;
    __syncthreads();
    double s = 0;
    s = s + row[2 * x];
    s = s + row[16 * x];
    s = s + row[5];
    b[x] = s;
}
