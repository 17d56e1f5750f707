// SPDX-License-Identifier: Apache-2.0
// assert(), printf() that is not reached, switch, do, goto-free early exits, statics.
// launch: classify<<<2, 32>>>(x, y, 50)
// array: x int[50] in random(0, 99)
// array: y int[50] out
#include <assert.h>
#include <stdio.h>

static __device__ int collatz(int n)
{
    int steps = 0;
    do {
        n = n % 2 ? 3 * n + 1 : n / 2;
        ++steps;
    } while (n > 1 && steps < 200);
    return steps;
}

extern "C" __global__ void classify(const int *x, int *y, const int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    assert(x[i] >= 0 && x[i] < 100);
    switch (x[i] % 4) {
    case 0:
        y[i] = collatz(x[i] + 1);
        break;
    case 1:
    case 2:
        y[i] = -x[i];
        break;
    default:
        y[i] = x[i] > 200 ? printf("thread %d is lost\n", i) : 7;
    }
}
