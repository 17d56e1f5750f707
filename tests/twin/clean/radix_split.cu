// SPDX-License-Identifier: Apache-2.0
// One block sorts by four bits, one after the other: a flag's scan says where each key goes.
// launch: sort<<<1, 128>>>(key, 4)
// array: key uint[128] inout random(0, 15)
__shared__ unsigned sum[4];

__device__ unsigned block_scan(unsigned v, unsigned *total)
{
    const unsigned lane = threadIdx.x & 31u, warp = threadIdx.x >> 5;
    const unsigned ballot = __ballot_sync(0xffffffffu, v);
    if (lane == 0) sum[warp] = __popc(ballot);
    __syncthreads();
    unsigned before = __popc(ballot & ((1u << lane) - 1u));
    *total = 0;
    for (unsigned w = 0; w < 4; ++w) {
        before += w < warp ? sum[w] : 0;
        *total += sum[w];
    }
    __syncthreads();
    return before;
}

__global__ void sort(unsigned *key, int bits)
{
    __shared__ unsigned s[128];
    const unsigned t = threadIdx.x;
    unsigned mine = key[t];
    for (int bit = 0; bit < bits; ++bit) {
        unsigned zeros;
        const unsigned zero = !(mine >> bit & 1u);
        const unsigned before = block_scan(zero, &zeros);
        s[zero ? before : zeros + t - before] = mine;
        __syncthreads();
        mine = s[t];
        __syncthreads();
    }
    key[t] = mine;
}
