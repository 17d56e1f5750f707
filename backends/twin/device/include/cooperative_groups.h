/* SPDX-License-Identifier: Apache-2.0 */
/* Cooperative groups as kernels usually take them: the block, and tiles of a warp. Groups of a grid are not taken. */
#ifndef SB_TWIN_COOPERATIVE_GROUPS_H
#define SB_TWIN_COOPERATIVE_GROUPS_H

namespace cooperative_groups
{

/* A barrier is one place per use: it has to be inlined for its line to be the user's. */
#define SB_TWIN_MEMBER inline __attribute__((always_inline))

struct thread_block {
    SB_TWIN_MEMBER void sync() const { __syncthreads(); }
    SB_TWIN_MEMBER unsigned thread_rank() const
    {
        return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    }
    SB_TWIN_MEMBER unsigned size() const { return blockDim.x * blockDim.y * blockDim.z; }
    SB_TWIN_MEMBER unsigned num_threads() const { return size(); }
    SB_TWIN_MEMBER dim3 group_index() const { return dim3(blockIdx); }
    SB_TWIN_MEMBER dim3 thread_index() const { return dim3(threadIdx); }
    SB_TWIN_MEMBER dim3 group_dim() const { return dim3(blockDim); }
};
static inline thread_block this_thread_block() { return thread_block(); }
static inline void sync(const thread_block &group) { group.sync(); }

/* N neighbouring lanes. Its operations are those of their lanes alone. */
template <unsigned N, class Parent = void> struct thread_block_tile {
    SB_TWIN_MEMBER unsigned thread_rank() const { return this_thread_block().thread_rank() % N; }
    SB_TWIN_MEMBER unsigned size() const { return N; }
    SB_TWIN_MEMBER unsigned num_threads() const { return N; }
    SB_TWIN_MEMBER unsigned meta_group_rank() const { return this_thread_block().thread_rank() / N; }
    SB_TWIN_MEMBER unsigned meta_group_size() const { return (this_thread_block().size() + N - 1) / N; }
    SB_TWIN_MEMBER unsigned long long lanes() const
    {
        const unsigned first = sb_twin_here.sb_lane / N * N;
        return (N >= 64 ? ~0ULL : (1ULL << (N % 64)) - 1) << first;
    }
    SB_TWIN_MEMBER void sync() const { __syncwarp(lanes()); }
    template <class V> SB_TWIN_MEMBER V shfl(V value, int source) const { return __shfl_sync(lanes(), value, source, N); }
    template <class V> SB_TWIN_MEMBER V shfl_up(V value, unsigned delta) const
    {
        return __shfl_up_sync(lanes(), value, delta, N);
    }
    template <class V> SB_TWIN_MEMBER V shfl_down(V value, unsigned delta) const
    {
        return __shfl_down_sync(lanes(), value, delta, N);
    }
    template <class V> SB_TWIN_MEMBER V shfl_xor(V value, int mask) const
    {
        return __shfl_xor_sync(lanes(), value, mask, N);
    }
    SB_TWIN_MEMBER int any(int predicate) const { return __any_sync(lanes(), predicate); }
    SB_TWIN_MEMBER int all(int predicate) const { return __all_sync(lanes(), predicate); }
    SB_TWIN_MEMBER unsigned long long ballot(int predicate) const
    {
        const unsigned first = sb_twin_here.sb_lane / N * N;
        return (unsigned long long)__ballot_sync(lanes(), predicate) >> first;
    }
};
template <unsigned N, class Parent> static inline thread_block_tile<N> tiled_partition(const Parent &)
{
    return thread_block_tile<N>();
}
template <unsigned N, class P> static inline void sync(const thread_block_tile<N, P> &group) { group.sync(); }

} // namespace cooperative_groups

#endif
