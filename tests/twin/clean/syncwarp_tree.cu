// SPDX-License-Identifier: Apache-2.0
// A warp's tree in shared memory with __syncwarp() between its steps.
// launch: sum<<<2, 64>>>(x, out)
// array: x int[128] in random(0, 99)
// array: out int[4] out
__global__ void sum(const int *x, int *out)
{
    __shared__ int s[64];
    const int t = threadIdx.x, lane = t % 32;
    s[t] = x[blockIdx.x * 64 + t];
    __syncwarp();
    for (int d = 16; d > 0; d /= 2) {
        if (lane < d) {
            s[t] += s[t + d];
        }
        __syncwarp();
    }
    if (lane == 0) {
        out[(blockIdx.x * 64 + t) / 32] = s[t];
    }
}
