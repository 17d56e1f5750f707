// SPDX-License-Identifier: Apache-2.0
// The upper neighbour of row 0 lies before the array.
// launch: gradient<<<(2, 4), (16, 4)>>>(u, g, 32, 16)
// array: u double[512] in random
// array: g double[512] out
// finds: out_of_bounds at "u[(j - 1) * nx + i]" array u
__global__ void gradient(const double *u, double *g, int nx, int ny)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= nx || j >= ny) {
        return;
    }
#ifdef RIGHT
    const double above = j > 0 ? u[(j - 1) * nx + i] : u[i];
#else
    const double above = u[(j - 1) * nx + i];
#endif
    g[j * nx + i] = u[j * nx + i] - above;
}
