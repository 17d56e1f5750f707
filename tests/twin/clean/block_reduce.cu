// SPDX-License-Identifier: Apache-2.0
// The block's maximum in shared memory, as a template over type and block size.
// launch: reduce<float, 128><<<3, 128>>>(x, out, 300)
// launch: reduce<double, 64><<<5, 64>>>(y, most, 300)
// array: x float[300] in random
// array: out float[3] out
// array: y double[300] in random
// array: most double[5] out
template <typename T, int BLOCK> __device__ T block_max(T *s, T mine)
{
    s[threadIdx.x] = mine;
    __syncthreads();
    for (int d = BLOCK / 2; d > 0; d >>= 1) {
        if (threadIdx.x < d) {
            s[threadIdx.x] = s[threadIdx.x] > s[threadIdx.x + d] ? s[threadIdx.x] : s[threadIdx.x + d];
        }
        __syncthreads();
    }
    return s[0];
}

template <typename T, int BLOCK>
__global__ void __launch_bounds__(BLOCK) reduce(const T *x, T *out, int n)
{
    __shared__ T s[BLOCK];
    const int i = blockIdx.x * BLOCK + threadIdx.x;
    const T most = block_max<T, BLOCK>(s, i < n ? x[i] : T(0));
    if (threadIdx.x == 0) {
        out[blockIdx.x] = most;
    }
}
