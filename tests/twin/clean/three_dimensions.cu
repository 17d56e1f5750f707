// SPDX-License-Identifier: Apache-2.0
// A 3D seven-point stencil: dim3 blocks and grids, bit operations, min, max and maths.
// launch: heat<<<(2, 3, 2), (8, 4, 2)>>>(u, v, 12, 10, 4, 0.1)
// launch: heat<<<(2, 3, 2), (8, 4, 2)>>>(v, u, 12, 10, 4, 0.1)
// array: u double[4][10][12] inout random
// array: v double[4][10][12] inout zero
__device__ __host__ inline long index(int x, int y, int z, int nx, int ny)
{
    return ((long)z * ny + y) * nx + x;
}

__global__ void heat(const double *u, double *v, int nx, int ny, int nz, double c)
{
    const dim3 at(blockIdx.x * blockDim.x + threadIdx.x, blockIdx.y * blockDim.y + threadIdx.y,
                  blockIdx.z * blockDim.z + threadIdx.z);
    const int x = at.x, y = at.y, z = at.z;
    if (x >= nx || y >= ny || z >= nz) {
        return;
    }
    const double mid = u[index(x, y, z, nx, ny)];
    const double sum = u[index(max(x - 1, 0), y, z, nx, ny)] + u[index(min(x + 1, nx - 1), y, z, nx, ny)] +
                       u[index(x, max(y - 1, 0), z, nx, ny)] + u[index(x, min(y + 1, ny - 1), z, nx, ny)] +
                       u[index(x, y, max(z - 1, 0), nx, ny)] + u[index(x, y, min(z + 1, nz - 1), nx, ny)];
    v[index(x, y, z, nx, ny)] = mid + c * (sum - 6.0 * mid) * rsqrt(1.0 + mid * mid);
}
