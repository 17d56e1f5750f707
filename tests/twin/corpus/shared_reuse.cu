// SPDX-License-Identifier: Apache-2.0
// The tile's memory is used again for the block's sums before every thread has read its tile.
// launch: moments<<<2, 64>>>(x, grad, mean)
// array: x float[128] in random
// array: grad float[128] out
// array: mean float[2] out
// finds: race at "grad[i] = m.tile[" and "m.sum[t] = mine"
__global__ void moments(const float *x, float *grad, float *mean)
{
    __shared__ union {
        float tile[64];
        float sum[64];
    } m;
    const int t = threadIdx.x, i = blockIdx.x * 64 + t;
    const float mine = x[i];
    m.tile[t] = mine;
    __syncthreads();
    grad[i] = m.tile[(t + 1) % 64] - mine;
#ifdef RIGHT
    __syncthreads();
#endif
    m.sum[t] = mine;
    for (int d = 32; d > 0; d /= 2) {
        __syncthreads();
        if (t < d) {
            m.sum[t] += m.sum[t + d];
        }
    }
    if (t == 0) {
        mean[blockIdx.x] = m.sum[0] / 64;
    }
}
