// SPDX-License-Identifier: Apache-2.0
// The tiled transpose with a padded tile and four rows per thread.
// launch: transpose<<<(3, 2), (32, 8)>>>(a, b, 90, 60)
// array: a float[5400] in random
// array: b float[5400] out
constexpr int TILE = 32, ROWS = 8;

__global__ void transpose(const float *__restrict__ a, float *__restrict__ b, int nx, int ny)
{
    __shared__ float tile[TILE][TILE + 1];
    int x = blockIdx.x * TILE + threadIdx.x, y = blockIdx.y * TILE + threadIdx.y;
    for (int k = 0; k < TILE; k += ROWS) {
        if (x < nx && y + k < ny) {
            tile[threadIdx.y + k][threadIdx.x] = a[(y + k) * nx + x];
        }
    }
    __syncthreads();
    x = blockIdx.y * TILE + threadIdx.x;
    y = blockIdx.x * TILE + threadIdx.y;
    for (int k = 0; k < TILE; k += ROWS) {
        if (x < ny && y + k < nx) {
            b[(y + k) * ny + x] = tile[threadIdx.x][threadIdx.y + k];
        }
    }
}
