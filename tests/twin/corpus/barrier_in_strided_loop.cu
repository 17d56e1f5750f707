// SPDX-License-Identifier: Apache-2.0
// A grid-stride loop with a barrier inside: where n is no multiple of the block, some threads turn once more.
// launch: sum<<<1, 64>>>(x, total, 100)
// array: x int[100] in random(0, 9)
// array: total int[1] out
// finds: divergence at "__syncthreads(); // every round"
__global__ void sum(const int *x, int *total, int n)
{
    __shared__ int s[64];
    __shared__ int carry;
    const int t = threadIdx.x;
    if (t == 0) {
        carry = 0;
    }
#ifdef RIGHT
    for (int i0 = 0; i0 < n; i0 += 64) {
        s[t] = i0 + t < n ? x[i0 + t] : 0;
#else
    s[t] = 0;
    for (int i = t; i < n; i += 64) {
        s[t] = x[i];
#endif
        __syncthreads(); // every round
        if (t == 0) {
            for (int k = 0; k < 64; ++k) {
                carry += s[k];
            }
        }
        __syncthreads();
    }
    if (t == 0) {
        *total = carry;
    }
}
