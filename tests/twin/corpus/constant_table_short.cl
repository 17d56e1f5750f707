// SPDX-License-Identifier: Apache-2.0
// Weights of a quadrature: the order grew to five points, the table did not.
// launch: integrate<<<1, 16>>>(y, 5)
// array: y float[16] out
// finds: out_of_bounds at "sum += weight[k]" array weight
#ifdef RIGHT
__constant float weight[5] = {0.2369f, 0.4786f, 0.5689f, 0.4786f, 0.2369f};
#else
__constant float weight[4] = {0.3479f, 0.6521f, 0.6521f, 0.3479f};
#endif
__kernel void integrate(__global float *y, int points)
{
    const float x = 0.1f * (float)get_global_id(0);
    float sum = 0.0f;
    for (int k = 0; k < points; ++k) {
        sum += weight[k] * (x + (float)k);
    }
    y[get_global_id(0)] = sum;
}
