/* SPDX-License-Identifier: Apache-2.0 */
/* The step for GPUs: a block of WIDE × HIGH columns walks DEEP planes along z, with the plane in shared memory and the
 * points behind and ahead in registers (Micikevicius, GPGPU-2, 2009): each point is read about once. The order of the
 * sum is the portable source's: in strict maths the same bits. */
#if SB_REAL_FLOAT
typedef float real;
#else
typedef double real;
#endif
#if SB_INDEX_64
typedef long long index_t;
#else
typedef int index_t;
#endif

enum { WIDE = 32, HIGH = 8, DEEP = 16 }; /* as in stencil.c */

extern "C" __global__ void __launch_bounds__(WIDE * HIGH)
    stencil_walk(const real *__restrict__ from, real *__restrict__ to, real keep, real give, index_t nx, index_t ny, index_t nz)
{
    __shared__ real tile[HIGH + 2][WIDE + 2];
    const index_t pitch = nx + 2, plane = pitch * (ny + 2);
    const int x = (int)threadIdx.x + 1, y = (int)threadIdx.y + 1;
    const index_t i = (index_t)blockIdx.x * WIDE + x, j = (index_t)blockIdx.y * HIGH + y; /* with the frame */
    const index_t first = (index_t)blockIdx.z * DEEP + 1;
    const index_t last = first + DEEP - 1 < nz ? first + DEEP - 1 : nz;
    const bool inside = i <= nx && j <= ny;
    index_t at = first * plane + j * pitch + i;
    real behind = inside ? from[at - plane] : real(0), here = inside ? from[at] : real(0);
    for (index_t k = first; k <= last; ++k, at += plane) {
        const real ahead = inside ? from[at + plane] : real(0);
        if (inside) {
            tile[y][x] = here;
            if (x == 1) {
                tile[y][0] = from[at - 1];
            }
            if (x == WIDE || i == nx) {
                tile[y][x + 1] = from[at + 1];
            }
            if (y == 1) {
                tile[0][x] = from[at - pitch];
            }
            if (y == HIGH || j == ny) {
                tile[y + 1][x] = from[at + pitch];
            }
        }
        __syncthreads();
        if (inside) {
            const real around = (tile[y][x - 1] + tile[y][x + 1]) + (tile[y - 1][x] + tile[y + 1][x]) + (behind + ahead);
            to[at] = keep * here + give * around;
        }
        __syncthreads();
        behind = here;
        here = ahead;
    }
}
