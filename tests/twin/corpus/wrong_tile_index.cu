// SPDX-License-Identifier: Apache-2.0
// A transpose writes its tile with the thread's column in both places: threads of one column overwrite each other.
// launch: transpose<<<(2, 2), (16, 16)>>>(a, b, 32)
// array: a float[1024] in random
// array: b float[1024] out
// finds: race at "tile[x][x] = " and "tile[x][x] = " array tile
#define T 16

__global__ void transpose(const float *a, float *b, int n)
{
    __shared__ float tile[T][T + 1];
    const int x = threadIdx.x, y = threadIdx.y;
    const int i = blockIdx.y * T + y, j = blockIdx.x * T + x;
#ifdef RIGHT
    tile[y][x] = a[i * n + j];
#else
    tile[x][x] = a[i * n + j];
#endif
    __syncthreads();
    b[(blockIdx.x * T + y) * n + blockIdx.y * T + x] = tile[x][y];
}
