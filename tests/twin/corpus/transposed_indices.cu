// SPDX-License-Identifier: Apache-2.0
// Row and column are swapped in the index of an array that is not square.
// launch: rows<<<(3, 1), (16, 16)>>>(a, b, 48, 16)
// array: a float[768] in random
// array: b float[768] out
// finds: out_of_bounds at "a[x * nx + y]" array a
__global__ void rows(const float *a, float *b, int nx, int ny)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < nx && y < ny) {
#ifdef RIGHT
        b[y * nx + x] = 2.0f * a[y * nx + x];
#else
        b[y * nx + x] = 2.0f * a[x * nx + y];
#endif
    }
}
