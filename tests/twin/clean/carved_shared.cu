// SPDX-License-Identifier: Apache-2.0
// One block of dynamic shared memory holds two arrays of different types.
// launch: nearest<<<2, 64, 64 * 8 + 64 * 4>>>(x, best, which)
// array: x double[128] in random
// array: best double[2] out
// array: which int[2] out
__global__ void nearest(const double *x, double *best, int *which)
{
    extern __shared__ __align__(16) unsigned char memory[];
    double *value = (double *)memory;
    int *index = (int *)(value + blockDim.x);
    const int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    value[t] = fabs(x[i] - 0.5);
    index[t] = i;
    for (int d = blockDim.x / 2; d > 0; d /= 2) {
        __syncthreads();
        if (t < d && value[t + d] < value[t]) {
            value[t] = value[t + d];
            index[t] = index[t + d];
        }
    }
    if (t == 0) {
        best[blockIdx.x] = value[0];
        which[blockIdx.x] = index[0];
    }
}
