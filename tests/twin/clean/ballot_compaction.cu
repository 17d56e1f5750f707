// SPDX-License-Identifier: Apache-2.0
// Compaction within each warp by ballot and population count; votes and matches.
// launch: compact<<<2, 64>>>(x, list, count)
// array: x int[128] in random(0, 9)
// array: list int[128] inout zero
// array: count int[4] out
__global__ void compact(const int *x, int *list, int *count)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x & 31;
    const bool keep = x[i] > 3;
    const unsigned mask = __ballot_sync(0xffffffffu, keep);
    if (keep) {
        list[i - lane + __popc(mask & ((1u << lane) - 1u))] = x[i];
    }
    if (__any_sync(0xffffffffu, keep) && lane == __ffs(mask) - 1) {
        count[i / 32] = __popc(mask);
    }
    if (__all_sync(0xffffffffu, !keep) && lane == 0) {
        count[i / 32] = 0;
    }
}
