// SPDX-License-Identifier: Apache-2.0
// A kernel rescales its weights in place, and they are in constant memory.
// launch: apply<<<1, 32>>>(u, v)
// array: u double[36] in random
// array: v double[32] out
// finds: read_only at "w[0] = 0.5"
__constant__ double weights[5] = {0.1, 0.2, 0.4, 0.2, 0.1};

__global__ void apply(const double *u, double *v)
{
    const int t = threadIdx.x;
#ifdef RIGHT
    const double *w = weights;
#else
    double *w = const_cast<double *>(weights);
    if (t == 0) {
        w[0] = 0.5;
    }
#endif
    double sum = 0.0;
    for (int k = 0; k < 5; ++k) {
        sum += w[k] * u[t + k];
    }
    v[t] = sum;
}
