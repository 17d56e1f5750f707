// SPDX-License-Identifier: Apache-2.0
// Two buffers take turns so that one barrier a step suffices; the swap is forgotten, and both are the same one.
// launch: relax<<<1, 64>>>(u)
// array: u double[64] inout random
// finds: race at "to[t] = 0.5 * " and "to[t] = 0.5 * " array s
__global__ void relax(double *u)
{
    __shared__ double s[2][64];
    const int t = threadIdx.x;
    s[0][t] = u[t];
    for (int step = 0; step < 8; ++step) {
        __syncthreads();
        const double *from = s[step % 2];
#ifdef RIGHT
        double *to = s[(step + 1) % 2];
#else
        double *to = s[step % 2];
#endif
        to[t] = 0.5 * (from[(t + 1) % 64] + from[(t + 63) % 64]);
    }
    u[t] = s[0][t];
}
