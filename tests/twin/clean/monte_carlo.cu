// SPDX-License-Identifier: Apache-2.0
// A random number generator per thread, 64-bit atomics, a histogram of angles with many mathematical functions.
// launch: throw_darts<<<4, 64>>>(inside, angle, 1234, 20)
// array: inside ulonglong[1] inout zero
// array: angle int[8] inout zero
#include <cstdint>

struct random_stream {
    uint64_t state;
    __device__ explicit random_stream(uint64_t seed) : state(seed * 6364136223846793005ULL + 1442695040888963407ULL) {}
    __device__ float operator()()
    {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (uint32_t)(state >> 40) * (1.0f / 16777216.0f);
    }
};

__global__ void throw_darts(unsigned long long *inside, int *angle, uint64_t seed, int n)
{
    random_stream next(seed + blockIdx.x * blockDim.x + threadIdx.x);
    unsigned long long mine = 0;
    for (int k = 0; k < n; ++k) {
        const float x = 2.0f * next() - 1.0f, y = 2.0f * next() - 1.0f;
        if (x * x + y * y < 1.0f) {
            ++mine;
            const float turn = (atan2f(y, x) + 3.14159265f) / 6.2831854f;
            atomicAdd(&angle[min((int)(8.0f * turn), 7)], 1);
        }
    }
    atomicAdd(inside, mine);
}
