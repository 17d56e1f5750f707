// SPDX-License-Identifier: Apache-2.0
// D2Q9 pull scheme: constant tables, structure of arrays, periodic borders.
// launch: step<<<(2, 4), (16, 4)>>>(f, g, 32, 16, 0.6)
// launch: step<<<(2, 4), (16, 4)>>>(g, f, 32, 16, 0.6)
// array: f double[9][16][32] inout random(0.05, 0.15)
// array: g double[9][16][32] inout zero
namespace {
__constant__ int cx[9] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
__constant__ int cy[9] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
__constant__ double weight[9] = {4.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 36, 1.0 / 36, 1.0 / 36, 1.0 / 36};

struct moments {
    double rho, ux, uy;
};

__device__ __forceinline__ double equilibrium(int q, const moments &m)
{
    const double cu = 3.0 * (cx[q] * m.ux + cy[q] * m.uy);
    return weight[q] * m.rho * (1.0 + cu + 0.5 * cu * cu - 1.5 * (m.ux * m.ux + m.uy * m.uy));
}
} // namespace

__global__ void step(const double *f, double *g, int nx, int ny, double tau)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= nx || y >= ny) return;
    double q[9];
    moments m{0, 0, 0};
    for (int k = 0; k < 9; ++k) {
        const int fx = (x - cx[k] + nx) % nx, fy = (y - cy[k] + ny) % ny;
        q[k] = f[(k * ny + fy) * nx + fx];
        m.rho += q[k];
        m.ux += cx[k] * q[k];
        m.uy += cy[k] * q[k];
    }
    m.ux /= m.rho;
    m.uy /= m.rho;
    for (int k = 0; k < 9; ++k) {
        g[(k * ny + y) * nx + x] = q[k] - (q[k] - equilibrium(k, m)) / tau;
    }
}
