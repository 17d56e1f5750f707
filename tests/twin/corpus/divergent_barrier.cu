// SPDX-License-Identifier: Apache-2.0
// Only the threads of the first warp reach the barrier: the others are past the branch.
// launch: halo<<<2, 64>>>(u, v)
// array: u float[128] in random
// array: v float[128] out
// finds: divergence at "__syncthreads(); // of a few"
__global__ void halo(const float *u, float *v)
{
    __shared__ float s[64];
    const int t = threadIdx.x, i = blockIdx.x * 64 + t;
    s[t] = u[i];
#ifdef RIGHT
    __syncthreads();
    if (t < 32) {
        s[t] += s[t + 32];
    }
    __syncthreads();
#else
    if (t < 32) {
        __syncthreads(); // of a few
        s[t] += s[t + 32];
    }
    __syncthreads();
#endif
    v[i] = s[t % 32];
}
