// SPDX-License-Identifier: Apache-2.0
// Single-pass scan with decoupled look-back: a block adds up its predecessors' totals or prefixes, whichever they have.
// launch: scan<<<10, 64>>>(x, y, state, ticket)
// array: x int[640] in random(0, 9)
// array: y int[640] out
// array: state ulonglong[10] inout zero
// array: ticket uint[1] inout zero
typedef unsigned long long word;

__device__ word load(const word *p) { return *(const volatile word *)p; }

__global__ void scan(const int *x, int *y, word *state, unsigned *ticket)
{
    enum { NOTHING, TOTAL, PREFIX };
    __shared__ int s[64];
    __shared__ int part, before;
    const int t = threadIdx.x;
    if (t == 0) {
        part = atomicAdd(ticket, 1u);
    }
    __syncthreads();
    s[t] = x[part * 64 + t];
    __syncthreads();
    for (int d = 1; d < 64; d *= 2) {
        const int add = t >= d ? s[t - d] : 0;
        __syncthreads();
        s[t] += add;
        __syncthreads();
    }
    if (t == 63) {
        const word total = (word)(unsigned)s[63];
        if (part > 0) {
            atomicExch(&state[part], total << 2 | TOTAL);
        }
        int sum = 0;
        for (int p = part - 1; p >= 0;) {
            const word seen = load(&state[p]);
            if ((seen & 3) == NOTHING) continue;
            sum += (int)(seen >> 2);
            if ((seen & 3) == PREFIX) break;
            --p;
        }
        atomicExch(&state[part], (total + (word)(unsigned)sum) << 2 | PREFIX);
        before = sum;
    }
    __syncthreads();
    y[part * 64 + t] = before + s[t];
}
