// SPDX-License-Identifier: Apache-2.0
// A sparse field is addressed by its full coordinates: z * ny * nx passes 2^31, and the page number becomes negative.
// launch: touch<<<8, 32>>>(page, 1300, 1300, 1300)
// array: page int[9] inout zero
// finds: out_of_bounds at "atomicAdd(&page[p], 1)" array page
__global__ void touch(int *page, int nx, int ny, int nz)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x; // a diagonal of 256 points
    const int x = i * (nx / 256), y = i * (ny / 256), z = i * (nz / 256);
#ifdef RIGHT
    const long long at = ((long long)z * ny + y) * nx + x;
#else
    const int at = (z * ny + y) * nx + x;
#endif
    const int p = (int)(at / 268435456);
    atomicAdd(&page[p], 1);
}
