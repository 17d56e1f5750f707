// SPDX-License-Identifier: Apache-2.0
// The launch counts the dynamic shared memory in elements of 4 bytes; the kernel keeps doubles there.
#ifdef RIGHT
// launch: sum<<<2, 64, 64 * 8>>>(x, out)
#else
// launch: sum<<<2, 64, 64 * 4>>>(x, out)
#endif
// array: x double[128] in random
// array: out double[2] out
// finds: out_of_bounds at "s[t] = x["
__global__ void sum(const double *x, double *out)
{
    extern __shared__ double s[];
    const int t = threadIdx.x;
    s[t] = x[blockIdx.x * 64 + t];
    for (int d = 32; d > 0; d /= 2) {
        __syncthreads();
        if (t < d) {
            s[t] += s[t + d];
        }
    }
    if (t == 0) {
        out[blockIdx.x] = s[0];
    }
}
