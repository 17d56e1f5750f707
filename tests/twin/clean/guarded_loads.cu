// SPDX-License-Identifier: Apache-2.0
// One thread's own scalars in shared memory, read behind guards, in loops: a compiler may hoist the loads, the source does not.
// launch: sweep<<<2, 64>>>(a, 64)
// array: a int[128] inout
struct pair {
    int first, second;
};
__global__ void sweep(int *a, const int n)
{
    __shared__ int s[4];
    __shared__ pair p;
    const int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    int sum = 0;
    if (t == 0) {
        s[0] = n;
        s[1] = 4;
        p.first = 1;
        p.second = 2;
    }
    for (int k = 0; k < n; ++k) {
        if (t == 0) {
            sum += s[0] * k;
        } else {
            sum += k;
        }
    }
    const bool large = t == 0 && s[1] > 2;
    const int other = t == 0 ? s[0] : t == 1 ? 9 : 3;
    int *q = t == 0 ? &p.first : a + i;
    const int chosen = t == 0 ? (n > 3 ? p.first : p.second) : *q;
    for (int k = 0; k < n; ++k) {
        if (t == 0 && k == n - 1) {
            s[2] = sum;
        }
    }
    a[i] = sum + large + other + chosen;
}
